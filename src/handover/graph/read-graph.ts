import { pinRpc } from "../../chain/pin-rpc.ts";
import type { RegistryEntry } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { readFunction } from "../../chain/read-function.ts";
import { targetIdName } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { examine } from "./examine.ts";
import type { GraphAccount, Privilege, PrivilegeGraph } from "./privilege.ts";
import { readPowerEvents } from "./read-power-events.ts";

/** More accounts than this are nothing a person could review. */
const MOST_ACCOUNTS = 400;
const OWNER = "function owner() view returns (address)";

export interface GraphOptions {
  /** Contracts that no registry knows, by the name to show: a GenesisManager, a bridge. */
  contracts?: Readonly<Record<string, Address>> | undefined;
  /** Accounts that hold nothing yet, and are to. */
  others?: readonly Address[] | undefined;
}

/**
 * Every privilege over the protocol: from the Controller, the contracts in its registry and those named, up to keys and votes.
 * Everything is read from the chain at one block.
 * @throws LPCTL_NETWORK_INCOMPLETE, LPCTL_REGISTRY_EMPTY and what the RPC throws
 */
export async function readPrivilegeGraph(given: Project, options: GraphOptions = {}): Promise<PrivilegeGraph> {
  const { rpc, block } = await pinRpc(given.rpc);
  const project = { ...given, rpc };
  const controller = requireController(project);
  const [[top], registry] = await Promise.all([readFunction(rpc, controller, OWNER), readProjectRegistry(project)]);
  const named = nameContracts(controller, registry, options.contracts ?? {});
  const walk = await walkFrom(rpc, named, options.others ?? []);
  const registered = codeOfRegistry(controller, registry);
  return {
    blockNumber: block.number,
    controller,
    top: top as Address,
    accounts: walk.accounts,
    privileges: [...registered, ...walk.privileges],
    former: walk.former,
  };
}

/** Contracts by address. One that is registered twice goes by the name that comes first. */
function nameContracts(controller: Address, registry: readonly RegistryEntry[], more: Readonly<Record<string, Address>>): Map<Address, string> {
  const targets = new Set(registry.flatMap(({ proxy }) => (proxy === undefined ? [] : [proxy.targetId])));
  const named = new Map<Address, string>([[controller, "Controller"]]);
  // A proxy that is registered under two names goes by that of its code: the TicketBroker is the JobsManager, too.
  const isOwn = ({ name, proxy }: RegistryEntry): boolean => proxy === undefined || proxy.targetName === (name === undefined ? undefined : targetIdName(name));
  for (const { id, name, address } of registry.toSorted((left, right) => Number(isOwn(right)) - Number(isOwn(left)))) {
    // The code behind a proxy has variables of its own, which nobody uses.
    if (targets.has(id) || named.has(address)) continue;
    named.set(address, name ?? id);
  }
  for (const [name, address] of Object.entries(more)) if (!named.has(address)) named.set(address, name);
  return named;
}

/** What stands behind a registry proxy is what the Controller says. */
function codeOfRegistry(controller: Address, registry: readonly RegistryEntry[]): Privilege[] {
  const proxied = new Map(registry.flatMap((entry) => (entry.proxy === undefined ? [] : [[entry.address, entry.proxy] as const])));
  return [...proxied].map(([contract, proxy]) => ({
    kind: "code",
    contract,
    holder: controller,
    power: "code",
    readFrom: `targetContractId(), and ${proxy.targetName ?? proxy.targetId} in the registry`,
  }));
}

interface Walk {
  accounts: GraphAccount[];
  privileges: Privilege[];
  former: Address[];
}

/** Goes from the named contracts to whoever holds something over them, and on from there. */
async function walkFrom(rpc: Rpc, named: ReadonlyMap<Address, string>, others: readonly Address[]): Promise<Walk> {
  const accounts = new Map<Address, GraphAccount>();
  const privileges: Privilege[] = [];
  const former = new Set<Address>();
  let wave = [...new Set([...named.keys(), ...others])];
  while (wave.length > 0 && accounts.size < MOST_ACCOUNTS) {
    const events = await readPowerEvents(rpc, wave);
    const found = await Promise.all(wave.map((address) => examine(rpc, address, events.get(address))));
    for (const { account, privileges: held, once } of found) {
      accounts.set(account.address, { ...account, name: named.get(account.address) ?? null });
      privileges.push(...held);
      for (const address of once) former.add(address);
    }
    const next = new Set(found.flatMap(({ privileges: held, related }) => [...held.flatMap(({ holder, target }) => (target === undefined ? [holder] : [holder, target])), ...related]));
    wave = [...next].filter((address) => address !== ZERO_ADDRESS && !accounts.has(address));
  }
  for (const { holder } of privileges) {
    if (holder === ZERO_ADDRESS && !accounts.has(holder)) accounts.set(holder, { address: holder, name: null, kind: "anyone", detail: "" });
  }
  return { accounts: [...accounts.values()], privileges, former: [...former].filter((address) => address !== ZERO_ADDRESS) };
}
