import { Interface, toBeHex } from "ethers";
import type { RegistryEntry } from "../../chain/registry.ts";
import type { LiveParameter } from "../../inspection/read-parameters.ts";
import type { Call } from "../../proposal/call.ts";
import { encodeParameterSetter } from "../../protocol/parameters.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";

/** What a call is tried for. */
export type CallGroup = "ownership" | "upgrades" | "registry" | "parameters" | "pause" | "roles" | "command";

/** A call that a contract takes from few, made so that it would change nothing, or next to nothing. */
export interface PrivilegedCall {
  /** Stable: the contract, what it is, and of what. */
  id: string;
  contract: Address;
  name: string;
  /** `setRoundLength`, `upgrade of BondingManager`. */
  what: string;
  group: CallGroup;
  call: Call;
  /** Whoever may make it commands this account: it can have it do whatever it may do itself. */
  commands?: Address | undefined;
}

const abi = new Interface([
  "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "function updateController(bytes32 id, address controller)",
  "function pause()",
  "function unpause()",
  "function transferOwnership(address newOwner)",
  "function mint(address to, uint256 amount)",
  "function grantRole(bytes32 role, address account)",
  "function upgradeAndCall(address proxy, address implementation, bytes data)",
  "function upgradeToAndCall(address implementation, bytes data)",
  "function upgradeTo(address implementation)",
  "function stage(tuple(address[] target, uint256[] value, bytes[] data, uint256 nonce) update, uint256 delay)",
  "function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)",
  "function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt)",
  "function cancel(bytes32 id)",
  "function setAuthority(address target, bytes4 selector, address authority)",
  "function veto(bytes32 operationId)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation) returns (bool)",
]);
/** Far longer than any minimum, so that it is not what a schedule fails by. */
const LONG_DELAY_SECONDS = 10n ** 9n;
/** Of updates and operations that are never made: nobody else uses it. */
const TRIAL_NONCE = BigInt("0x6c70637463616e6172792d747269616c");

export interface CallSources {
  graph: PrivilegeGraph;
  registry: readonly RegistryEntry[];
  live: readonly LiveParameter[];
  isPaused: boolean;
  /** Of ERC-1967 proxies: the code they have. */
  implementations: ReadonlyMap<Address, Address>;
}

/** Every privileged call that lpctl knows how to try. Whether one is privileged at all shows when a stranger tries it. */
export function privilegedCalls(sources: CallSources): PrivilegedCall[] {
  return [...ofController(sources), ...ofParameters(sources), ...ofPrivileges(sources)];
}

function make(sources: CallSources, contract: Address, what: string, group: CallGroup, method: string, args: unknown[], commands?: Address): PrivilegedCall {
  const data = abi.encodeFunctionData(method, args) as Hex;
  const name = nameOf(sources.graph, contract);
  return { id: `${contract}:${group}:${what}`, contract, name, what, group, call: { to: contract, valueWei: 0n, data }, ...(commands === undefined ? {} : { commands }) };
}

function ofController(sources: CallSources): PrivilegedCall[] {
  const { graph, registry, isPaused } = sources;
  const { controller } = graph;
  const one = (what: string, group: CallGroup, method: string, args: unknown[]): PrivilegedCall => make(sources, controller, what, group, method, args);
  const proxied = registry.filter(({ proxy }) => proxy !== undefined);
  const upgrades = proxied.flatMap(({ name, address, proxy }) => {
    const target = registry.find(({ id }) => id === proxy?.targetId);
    return target === undefined ? [] : [one(`upgrade of ${name ?? address}`, "upgrades", "setContractInfo", [target.id, target.address, target.gitCommitHash])];
  });
  const [first] = registry;
  const [manager] = proxied;
  return [
    ...upgrades,
    ...(first === undefined ? [] : [one("registration of a contract", "registry", "setContractInfo", [first.id, first.address, first.gitCommitHash])]),
    ...(manager === undefined ? [] : [one("move of a contract to another Controller", "registry", "updateController", [manager.id, controller])]),
    one(isPaused ? "unpause" : "pause", "pause", isPaused ? "unpause" : "pause", []),
  ];
}

/** Each setter with the value that is there already. */
function ofParameters(sources: CallSources): PrivilegedCall[] {
  return sources.live.flatMap(({ parameter, target, value }): PrivilegedCall[] => {
    if (parameter.setter === null || parameter.access !== "controller-owner" || value === undefined || parameter.keys.length > 0) return [];
    const data = encodeParameterSetter(parameter, value);
    return [{ id: `${target}:parameters:${parameter.name}`, contract: target, name: nameOf(sources.graph, target), what: parameter.name, group: "parameters", call: { to: target, valueWei: 0n, data } }];
  });
}

function ofPrivileges(sources: CallSources): PrivilegedCall[] {
  const { graph, implementations } = sources;
  const calls = new Map<string, PrivilegedCall>();
  const add = (call: PrivilegedCall): void => void calls.set(call.id, call);
  const codeOf = new Map(graph.privileges.flatMap(({ kind, contract, holder }) => (kind === "code" ? [[contract, holder] as const] : [])));
  for (const { kind, contract, holder, role, power, target, selector } of graph.privileges) {
    const one = (what: string, group: CallGroup, method: string, args: unknown[], commands?: Address): void => add(make(sources, contract, what, group, method, args, commands));
    switch (kind) {
      case "owner":
        one("transfer of ownership", "ownership", "transferOwnership", [holder]);
        if (nameOf(graph, contract) === "LivepeerToken") one("mint", "roles", "mint", [holder, 0n]);
        break;
      case "role":
        one(`grant of ${power}`, "roles", "grantRole", [role ?? ZERO_HASH, holder]);
        if (power === "MINTER_ROLE") one("mint", "roles", "mint", [holder === ZERO_ADDRESS ? contract : holder, 0n]);
        break;
      case "module":
        one("execution by a module", "command", "execTransactionFromModule", [holder, 0n, "0x", 0], contract);
        break;
      case "rule":
        one(`rule for ${power} of ${target === undefined ? "" : nameOf(graph, target)}`, "ownership", "setAuthority", [target, selector, holder]);
        break;
      case "veto":
        one("veto", "roles", "veto", [ZERO_HASH]);
        break;
      default:
        break;
    }
  }
  for (const { address, kind } of graph.accounts) {
    const one = (what: string, group: CallGroup, method: string, args: unknown[], commands?: Address): void => add(make(sources, address, what, group, method, args, commands));
    if (kind === "governor") one("staging of an update", "command", "stage", [[[], [], [], TRIAL_NONCE], 0n], address);
    if (kind === "timelock") {
      const salt = toBeHex(TRIAL_NONCE, 32);
      one("scheduling of an operation", "command", "scheduleBatch", [[], [], [], ZERO_HASH, salt, LONG_DELAY_SECONDS], address);
      one("execution of an operation", "roles", "executeBatch", [[], [], [], ZERO_HASH, salt]);
      one("cancellation of an operation", "roles", "cancel", [salt]);
    }
    if (kind === "divided-owner") one("a rule", "ownership", "setAuthority", [graph.controller, "0x00000000", ZERO_ADDRESS]);
    const implementation = implementations.get(address);
    if (implementation === undefined) continue;
    const holder = codeOf.get(address);
    if (holder === undefined) one("upgrade", "upgrades", "upgradeToAndCall", [implementation, "0x"]);
    else {
      const isBeacon = graph.privileges.some(({ contract, readFrom }) => contract === address && readFrom.includes("beacon"));
      add(isBeacon ? make(sources, holder, `upgrade of ${nameOf(graph, address)}`, "upgrades", "upgradeTo", [implementation]) : make(sources, holder, `upgrade of ${nameOf(graph, address)}`, "upgrades", "upgradeAndCall", [address, implementation, "0x"]));
    }
  }
  return [...calls.values()];
}
