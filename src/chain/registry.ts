import { Interface } from "ethers";
import { Exit, LpctlError } from "../errors.ts";
import { contractId, nameOfContractId, targetIdName } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { readLogs } from "./logs.ts";
import { tryReadFunction } from "./read-function.ts";
import type { Rpc } from "./rpc.ts";

const controllerInterface = new Interface([
  "event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
]);
const TARGET_ID = "function targetContractId() view returns (bytes32)";
const GET_CONTRACT_INFO = "function getContractInfo(bytes32 id) view returns (address, bytes20)";

export interface RegistryEntry {
  id: Hex;
  /** Undefined when no known name hashes to the id. */
  name: string | undefined;
  address: Address;
  gitCommitHash: Hex;
  /** Set when the contract is a registry proxy: where its code is looked up, and what is there now. */
  proxy?: { targetId: Hex; targetName: string | undefined; implementation: Address } | undefined;
}

/**
 * The contracts registered in a Controller. The contract has no enumeration, so ids come from its
 * `SetContractInfo` events and values from the contract itself, all at one block.
 * @param extraNames names to try on unknown ids, for protocols with contracts of other names
 * @throws LPCTL_REGISTRY_EMPTY when the address emitted none
 */
export async function readRegistry(
  rpc: Rpc,
  controller: Address,
  extraNames: readonly string[] = [],
): Promise<RegistryEntry[]> {
  const topic = controllerInterface.getEvent("SetContractInfo")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address: controller, topics: [topic], fromBlock: 0n, toBlock: "latest" });
  const events = logs.map((log) => controllerInterface.decodeEventLog("SetContractInfo", log.data, log.topics));
  const ids = [...new Set(events.map((event) => event["id"] as Hex))];
  if (ids.length === 0) {
    throw new LpctlError({
      code: "LPCTL_REGISTRY_EMPTY",
      exit: Exit.usage,
      message: `${controller} has never registered a contract`,
      why: "it emitted no SetContractInfo event, so it is not a Controller of this network, or the node has no logs",
      next: "Check `controller` and `rpcUrl` of the network: lpctl config explain",
    });
  }
  // What an event wrote last is most probably still there.
  const written = new Set(events.map((event) => event["contractAddress"] as Address));
  rpc.askAhead((ahead) => Promise.allSettled([...written].filter((address) => address !== ZERO_ADDRESS).map((address) => tryReadFunction(ahead, address, TARGET_ID))));
  const entries = await Promise.all(ids.map((id) => readEntry(rpc, controller, id, extraNames)));
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return entries
    .filter((entry) => entry.address !== ZERO_ADDRESS)
    .map((entry) => {
      const target = entry.proxy === undefined ? undefined : byId.get(entry.proxy.targetId);
      return target === undefined || entry.proxy === undefined
        ? { ...entry, proxy: undefined }
        : { ...entry, proxy: { ...entry.proxy, implementation: target.address } };
    })
    .toSorted((left, right) => (left.name ?? left.id).localeCompare(right.name ?? right.id, "en"));
}

async function readEntry(
  rpc: Rpc,
  controller: Address,
  id: Hex,
  extraNames: readonly string[],
): Promise<RegistryEntry> {
  const info = await tryReadFunction(rpc, controller, GET_CONTRACT_INFO, [id]);
  const address = (info?.[0] ?? ZERO_ADDRESS) as Address;
  const gitCommitHash = (info?.[1] ?? `0x${"0".repeat(40)}`) as Hex;
  const target =
    address === ZERO_ADDRESS
      ? undefined
      : await tryReadFunction(rpc, address, TARGET_ID);
  const targetId = target?.[0] as Hex | undefined;
  return {
    id,
    name: nameOfContractId(id, extraNames),
    address,
    gitCommitHash,
    proxy:
      targetId === undefined || BigInt(targetId) === 0n
        ? undefined
        : { targetId, targetName: nameOfContractId(targetId, extraNames), implementation: ZERO_ADDRESS },
  };
}

/** The entry registered under a name, whether lpctl knows the name or not: the id is the name's hash. */
export function findByName(registry: readonly RegistryEntry[], name: string): RegistryEntry | undefined {
  const id = contractId(name);
  const entry = registry.find((candidate) => candidate.id === id);
  return entry === undefined ? undefined : { ...entry, name };
}

/** Names for messages and suggestions: contracts first, their targets left out. */
export function contractNames(registry: readonly RegistryEntry[]): string[] {
  const names = registry.map((entry) => entry.name).filter((name) => name !== undefined);
  const targets = new Set(names.map(targetIdName));
  return names.filter((name) => !targets.has(name));
}
