import { Interface } from "ethers";
import { readLogs } from "../../chain/logs.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";

const events = new Interface([
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)",
  "event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole)",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
  "event AuthoritySet(address indexed target, bytes4 indexed selector, address authority)",
]);

/** What the logs of one contract say about power over it; what is so now is asked of the contract itself. */
export interface PowerEvents {
  /** By role: whoever was ever given it. */
  roles: Map<Hex, Set<Address>>;
  /** Former and present owners, and whoever gave or took a role. */
  involved: Set<Address>;
  /** What a DividedOwner was ever told about. */
  rules: Map<string, { target: Address; selector: Hex }>;
}

/** One search of the logs for all contracts of a wave. */
export async function readPowerEvents(rpc: Rpc, contracts: readonly Address[]): Promise<Map<Address, PowerEvents>> {
  const topics = events.fragments.flatMap((fragment) => (fragment.type === "event" ? [events.getEvent(fragment.format())?.topicHash as Hex] : []));
  const logs = await readLogs(rpc, { address: [...contracts], topics: [topics], fromBlock: 0n, toBlock: "latest" });
  const found = new Map<Address, PowerEvents>();
  for (const log of logs) {
    const of = found.get(log.address) ?? { roles: new Map<Hex, Set<Address>>(), involved: new Set<Address>(), rules: new Map<string, { target: Address; selector: Hex }>() };
    found.set(log.address, of);
    const event = parse(log);
    if (event === undefined) continue;
    switch (event.name) {
      case "RoleGranted":
      case "RoleRevoked": {
        const [role, account, sender] = event.args as unknown as [Hex, Address, Address];
        const members = of.roles.get(role) ?? new Set();
        of.roles.set(role, members.add(account));
        of.involved.add(account).add(sender);
        break;
      }
      case "RoleAdminChanged": {
        const [role, , admin] = event.args as unknown as [Hex, Hex, Hex];
        for (const each of [role, admin]) of.roles.set(each, of.roles.get(each) ?? new Set());
        break;
      }
      case "OwnershipTransferred":
        for (const address of event.args as unknown as [Address, Address]) of.involved.add(address);
        break;
      default: {
        const [target, selector] = event.args as unknown as [Address, Hex];
        of.rules.set(`${target}:${selector}`, { target, selector });
      }
    }
  }
  for (const { roles } of found.values()) if (roles.size > 0 && !roles.has(ZERO_HASH)) roles.set(ZERO_HASH, new Set());
  return found;
}

/** A foreign event of the same name may have other indexed members: it says nothing then. */
function parse(log: { topics: readonly string[]; data: string }): { name: string; args: unknown[] } | undefined {
  try {
    const event = events.parseLog({ topics: [...log.topics], data: log.data });
    return event === null ? undefined : { name: event.name, args: event.args.toArray() };
  } catch {
    return undefined;
  }
}
