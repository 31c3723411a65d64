import { keccak256 } from "ethers";
import type { Log } from "../chain/rpc.ts";
import { contractId, KNOWN_CONTRACT_NAMES } from "../protocol/contract-id.ts";
import type { Hex } from "../protocol/hex.ts";
import type { CallNode } from "../outcome/simulation.ts";
import { slotHex } from "./slot-hash.ts";

/** Small integers are keys of many mappings and rarely written out: rounds, job and claim ids, versions. */
const SMALL_INTEGERS = 16n;
const MOST_WORDS = 400;

let registryIds: Hex[] | undefined;

/** solc hashes constant keys itself, so `registry[keccak256("Minter")]` leaves no trace. */
function knownRegistryIds(): Hex[] {
  registryIds ??= KNOWN_CONTRACT_NAMES.flatMap((name) => [contractId(name), contractId(`${name}Target`)]);
  return registryIds;
}

/** Longer calldata is not hashed: governance calls that are named by their hash are far shorter. */
const LONGEST_HASHED = 20_000;
const HEAD_WORDS = 8;

/**
 * Hashes of the arguments of a call: of all together (a timelock's operation id), and of each struct, array or byte string
 * alone, encoded as solidity's `abi.encode` would (a Governor's update). Found without an ABI: a word of the head that
 * points into the data begins one.
 */
function hashesOfArguments(input: Hex): Hex[] {
  const body = input.slice(10);
  if (body.length <= 64 || body.length > LONGEST_HASHED * 2) return [];
  const offsets = new Set<number>();
  for (let at = 0; at < HEAD_WORDS * 64 && at + 64 <= body.length; at += 64) {
    const offset = BigInt(`0x${body.slice(at, at + 64)}`);
    if (offset >= 32n && offset % 32n === 0n && offset * 2n < BigInt(body.length)) offsets.add(Number(offset) * 2);
  }
  const sorted = [...offsets].sort((a, b) => a - b);
  // Where it ends cannot be told from a word that only looks like an offset, so both ends are tried.
  const parts = sorted.flatMap((start, index) => [...new Set([body.slice(start), body.slice(start, sorted[index + 1])])]);
  return [body, ...parts.map((part) => slotHex(32n) + part)].map((bytes) => keccak256(`0x${bytes}`) as Hex);
}

/**
 * Candidates for mapping keys, the likeliest first: hashes of arguments, addresses that take part, words of events and
 * calls, ids that have names, small integers.
 */
export function collectSeenWords(calls: CallNode, logs: readonly Pick<Log, "address" | "topics" | "data">[], named: Iterable<Hex>): Set<Hex> {
  const nodes = new Set(walk(calls));
  const inputs = [...new Set([...nodes].filter((node) => !node.type.startsWith("CREATE")).map((node) => node.input))];
  const words = new Set(inputs.flatMap(hashesOfArguments));
  const addresses = [...nodes].flatMap((node) => [node.from, node.to]).concat(logs.map((log) => log.address));
  for (const address of addresses) words.add(`0x${slotHex(BigInt(address))}`);
  for (const hex of [...logs.flatMap((log) => [...log.topics, log.data]).map((text) => text.slice(2)), ...inputs.map((input) => input.slice(10))]) {
    for (let at = 0; at + 64 <= hex.length && words.size < MOST_WORDS; at += 64) words.add(`0x${hex.slice(at, at + 64)}`);
  }
  for (const word of [...named, ...knownRegistryIds()]) words.add(word);
  for (let integer = 0n; integer < SMALL_INTEGERS; integer += 1n) words.add(`0x${slotHex(integer)}`);
  return words;
}

function walk(node: CallNode): CallNode[] {
  return [node, ...node.children.flatMap(walk)];
}
