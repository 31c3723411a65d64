import type { Log } from "../chain/rpc.ts";
import { contractId, KNOWN_CONTRACT_NAMES } from "../protocol/contract-id.ts";
import type { Hex } from "../protocol/hex.ts";
import type { CallNode } from "./result.ts";

/** Small integers are keys of many mappings and rarely written out: rounds, job and claim ids, versions. */
const SMALL_INTEGERS = 16;
const MOST_WORDS = 500;

let registryIds: Hex[] | undefined;

/** solc hashes constant keys itself, so `registry[keccak256("Minter")]` leaves no trace. */
function knownRegistryIds(): Hex[] {
  registryIds ??= KNOWN_CONTRACT_NAMES.flatMap((name) => [contractId(name), contractId(`${name}Target`)]);
  return registryIds;
}

/**
 * The 32-byte words that calls and events of a transaction speak of, with every address that takes part and the ids
 * that have names: candidates for mapping keys when no trace of hash inputs can be had.
 */
export function collectSeenWords(calls: CallNode, logs: readonly Log[], named: Iterable<Hex>): Set<Hex> {
  const words = new Set<Hex>([...named, ...knownRegistryIds()]);
  for (let integer = 0; integer < SMALL_INTEGERS; integer += 1) words.add(`0x${integer.toString(16).padStart(64, "0")}`);
  const addWords = (hex: string) => {
    for (let at = 0; at + 64 <= hex.length && words.size < MOST_WORDS; at += 64) words.add(`0x${hex.slice(at, at + 64)}`);
  };
  const addAddress = (address: string) => words.add(`0x${address.slice(2).toLowerCase().padStart(64, "0")}`);
  const visit = (node: CallNode) => {
    addAddress(node.from);
    addAddress(node.to);
    if (!node.type.startsWith("CREATE")) addWords(node.input.slice(10));
    for (const child of node.children) visit(child);
  };
  visit(calls);
  for (const log of logs) {
    addAddress(log.address);
    for (const topic of log.topics) words.add(topic);
    addWords(log.data.slice(2));
  }
  return words;
}
