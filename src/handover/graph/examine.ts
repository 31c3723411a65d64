import { recogniseGovernor } from "../../authority/governor.ts";
import { recogniseSafe } from "../../authority/safe.ts";
import { readErc1967Proxy } from "../../chain/proxies.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { knownSignatures } from "../../protocol/decode-known.ts";
import type { AccountKind, GraphAccount, Privilege } from "./privilege.ts";
import type { PowerEvents } from "./read-power-events.ts";
import { nameOfRole } from "./role-names.ts";

const ADDRESS = "view returns (address)";
const HAS_ROLE = "function hasRole(bytes32 role, address account) view returns (bool)";
const ROLE_ADMIN = "function getRoleAdmin(bytes32 role) view returns (bytes32)";
const AUTHORITY_FOR = "function authorityFor(address target, bytes4 selector) view returns (address)";
/** EIP-7702: a key that runs code of a contract. */
const DELEGATED_KEY = /^0xef0100[0-9a-f]{40}$/i;

export interface Examined {
  account: GraphAccount;
  privileges: Privilege[];
  /** Contracts to look at besides the holders: a beacon. */
  related: Address[];
  /** Who held something once, or gave it. */
  once: Address[];
}

/** What one account is, and who holds what over it. */
export async function examine(rpc: Rpc, address: Address, events: PowerEvents | undefined): Promise<Examined> {
  const code = await rpc.code(address);
  const account = (kind: AccountKind, detail = ""): GraphAccount => ({ address, name: null, kind, detail });
  if (code === "0x" || DELEGATED_KEY.test(code)) return { account: account("key"), privileges: [], related: [], once: [] };
  const safe = await recogniseSafe(rpc, address).catch(() => undefined);
  if (safe !== undefined) {
    const held = (kind: Privilege["kind"], holder: Address, power: string, readFrom: string): Privilege => ({ kind, contract: address, holder, power, readFrom });
    return {
      account: account("safe", `${safe.threshold} of ${safe.owners.length}`),
      privileges: [
        ...safe.owners.map((owner) => held("signer", owner, "signer", "getOwners()")),
        ...safe.modules.map((module) => held("module", module, "module, without any signature", "getModulesPaginated()")),
        ...(safe.guard === ZERO_ADDRESS ? [] : [held("guard", safe.guard, "guard, may refuse any transaction", "the guard's storage slot")]),
      ],
      related: [],
      once: [],
    };
  }
  const ask = async (name: string): Promise<Address | undefined> => {
    const [answer] = (await tryReadFunction(rpc, address, `function ${name}() ${ADDRESS}`)) ?? [];
    return answer === undefined || answer === ZERO_ADDRESS ? undefined : (answer as Address);
  };
  const [governorOwner, proxy, owner, pending, controller, timelock, guardian, votes, delay, expiry, divided] = await Promise.all([
    recogniseGovernor(rpc, address, code),
    readErc1967Proxy(rpc, address).catch(() => undefined),
    ask("owner"),
    ask("pendingOwner"),
    ask("controller"),
    ask("timelock"),
    ask("guardian"),
    ask("token"),
    tryReadFunction(rpc, address, "function getMinDelay() view returns (uint256)"),
    tryReadFunction(rpc, address, "function expiresAt() view returns (uint256)"),
    tryReadFunction(rpc, address, AUTHORITY_FOR, [ZERO_ADDRESS, "0x00000000"]),
  ]);
  const isVoteGovernor = timelock !== undefined && votes !== undefined;
  const isGuardian = guardian !== undefined && expiry !== undefined;
  const one = (kind: Privilege["kind"], holder: Address | undefined, power: string, readFrom: string): Privilege[] =>
    holder === undefined ? [] : [{ kind, contract: address, holder, power, readFrom }];
  const privileges: Privilege[] = [
    ...one("owner", owner, "owner", "owner()"),
    ...one("pending-owner", pending, "may accept the ownership", "pendingOwner()"),
    ...one("controller", controller, "every setter, by the Controller's owner", "controller()"),
    ...one("settings", isVoteGovernor ? timelock : undefined, "settings", "timelock()"),
    ...one("veto", isGuardian ? guardian : undefined, "guardian", "guardian()"),
    ...codeOf(address, proxy),
    ...(await readRoles(rpc, address, events)),
    ...(divided === undefined ? [] : await readRules(rpc, address, events)),
  ];
  const kind: AccountKind =
    governorOwner !== undefined ? "governor" : delay !== undefined ? "timelock" : isVoteGovernor ? "vote-governor" : isGuardian ? "veto-guardian" : divided !== undefined ? "divided-owner" : "contract";
  const detail = kind === "timelock" ? `${delay?.[0]} s delay` : kind === "vote-governor" ? `votes of ${votes}` : kind === "veto-guardian" ? `until ${new Date(Number(expiry?.[0] as bigint) * 1000).toISOString().slice(0, 10)}` : "";
  return {
    account: account(kind, detail),
    privileges,
    related: proxy?.kind === "beacon" ? [proxy.beacon] : [],
    once: [...(events?.involved ?? [])],
  };
}

function codeOf(contract: Address, proxy: Awaited<ReturnType<typeof readErc1967Proxy>>): Privilege[] {
  switch (proxy?.kind) {
    case "transparent":
      return [{ kind: "code", contract, holder: proxy.admin, power: "code", readFrom: "the admin slot of ERC-1967" }];
    case "beacon":
      return [{ kind: "code", contract, holder: proxy.beacon, power: "code", readFrom: "the beacon slot of ERC-1967" }];
    default:
      // The logic of a UUPS proxy decides itself whom it obeys: its owner or a role, which are found as such.
      return [];
  }
}

async function readRoles(rpc: Rpc, contract: Address, events: PowerEvents | undefined): Promise<Privilege[]> {
  if (events === undefined || events.roles.size === 0) return [];
  const everybody = [...new Set([...events.roles.values()].flatMap((members) => [...members]))];
  const perRole = await Promise.all(
    [...events.roles].map(async ([role, members]): Promise<Privilege[]> => {
      // A role that a constructor gave without an event is found among those who hold another.
      const asked = members.size > 0 ? [...members] : everybody;
      const [held, admin] = await Promise.all([
        Promise.all(asked.map(async (account) => (await tryReadFunction(rpc, contract, HAS_ROLE, [role, account]))?.[0] === true)),
        tryReadFunction(rpc, contract, ROLE_ADMIN, [role]),
      ]);
      const holders = asked.filter((_, index) => held[index]);
      const power = nameOfRole(role);
      const adminRole = admin?.[0] as Hex | undefined;
      return holders.map((holder) => ({ kind: "role", contract, holder, power, role, adminRole, readFrom: `RoleGranted events, hasRole()${adminRole === undefined ? "" : `; given by ${nameOfRole(adminRole)}`}` }));
    }),
  );
  return perRole.flat();
}

async function readRules(rpc: Rpc, contract: Address, events: PowerEvents | undefined): Promise<Privilege[]> {
  const owner = (await tryReadFunction(rpc, contract, "function owner() view returns (address)"))?.[0] as Address | undefined;
  const rules = await Promise.all(
    [...(events?.rules.values() ?? [])].map(async ({ target, selector }): Promise<Privilege | undefined> => {
      const authority = (await tryReadFunction(rpc, contract, AUTHORITY_FOR, [target, selector]))?.[0] as Address | undefined;
      if (authority === undefined || authority === owner) return undefined;
      return { kind: "rule", contract, holder: authority, power: knownSignatures(selector)[0] ?? selector, target, selector, readFrom: "AuthoritySet events, authorityFor()" };
    }),
  );
  return rules.filter((rule) => rule !== undefined);
}
