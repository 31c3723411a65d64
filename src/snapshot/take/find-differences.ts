import { decodeRlp } from "ethers/utils";
import { ZERO_HASH, type Hex } from "../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import { BrokenProof, EMPTY_TRIE, type TrieNodes } from "../trie/trie-proof.ts";
import { TrieRoot } from "../trie/trie-root.ts";

/** One slot in which the words at hand are not those of the trie. */
export interface Difference {
  /** keccak-256 of the slot: what the trie knows of it. */
  hash: Hex;
  /** Where the slot is among the words at hand, be its word zero there; undefined where it is not among them. */
  index: number | undefined;
  /** The word that the trie has, zero where it has a leaf of zero; undefined where it has none. */
  proven: Hex | undefined;
}

export interface Differences {
  found: Difference[];
  /** Parts of the trie that differ too and were not looked into: each has one more difference, or many. */
  unexplored: number;
}

export interface TrieAccess {
  /** Of the storage trie as it is. */
  root: Hex;
  /** Gathers what `prove` brings. */
  nodes: TrieNodes;
  /** Adds to `nodes` those on the way to each slot (`eth_getProof`). */
  prove(slots: readonly Hex[]): Promise<void>;
}

export interface FindOptions {
  /** The words that are zero have leaves too: those with these positions. */
  zeroLeaves?: ReadonlySet<number> | undefined;
  /** Parts looked into on each level; 64 unless said. */
  width?: number | undefined;
}

const WORD = 32;
const WIDTH = 64;
/** Some ten seconds of hashing. */
const MOST_TRIES = 2 ** 23;

/** Numbers tried as slots so far, to find ones whose hash leads where no known slot leads. */
interface Tries {
  next: number;
}

type Item = string | readonly Item[];

/** A part of the trie that differs: what all hashed slots in it begin with, its first node, and our leaves of it. */
interface Part {
  prefix: string;
  node: Item;
  from: number;
  to: number;
}

/**
 * Walks from the root of a storage trie to wherever it is not made of the words at hand, through nodes that a node proves slot by
 * slot. Parts whose hash is equal are passed over, so each difference costs one way down, however many words there are.
 * @throws BrokenProof when what `prove` brings does not lead on
 */
export async function findDifferences(words: SlotWords, access: TrieAccess, { zeroLeaves, width = WIDTH }: FindOptions = {}): Promise<Differences> {
  const keccak = await createKeccakInto();
  const leaves = hashLeaves(words, keccak, zeroLeaves);
  const found: Difference[] = [];
  const tries: Tries = { next: 0 };
  let unexplored = 0;
  let parts: Part[] = [{ prefix: "", node: access.root, from: 0, to: leaves.count }];
  if (access.root === EMPTY_TRIE) {
    found.push(...surplus(leaves, 0, leaves.count, width));
    return { found, unexplored: Math.max(0, leaves.count - width) };
  }
  while (parts.length > 0) {
    if (parts.length > width) unexplored += parts.length - width;
    parts = parts.slice(0, width);
    const unknown = parts.filter(({ node }) => isUnknown(node, access.nodes));
    const ways = waysTo(unknown, leaves, keccak, tries);
    unexplored += unknown.length - ways.size;
    if (ways.size > 0) await access.prove([...new Set(ways.values())]);
    const deeper: Part[] = [];
    for (const part of parts) {
      if (unknown.includes(part) && !ways.has(part)) continue;
      const seen = compare(part, leaves, access.nodes, keccak);
      found.push(...seen.found);
      deeper.push(...seen.parts);
    }
    parts = deeper;
  }
  nameZeros(found, words, keccak);
  return { found, unexplored };
}

/** Leaves as the trie has them, ascending by hashed slot. */
interface Leaves {
  hashes: Uint8Array;
  words: Uint8Array;
  /** Of each leaf, where its slot is among the words at hand. */
  indexes: Uint32Array;
  slots: Uint8Array;
  count: number;
}

function hashLeaves({ slots, values, count }: SlotWords, keccak: KeccakInto, zeroLeaves: ReadonlySet<number> | undefined): Leaves {
  const hashes = new Uint8Array(count * WORD);
  for (let index = 0; index < count; index++) keccak.hash(slots, index * WORD, WORD, hashes, index * WORD);
  const order = orderWords(hashes, count).filter((index) => zeroLeaves?.has(index) === true || !isZero(values, index * WORD));
  const sorted: Leaves = { hashes: new Uint8Array(order.length * WORD), words: new Uint8Array(order.length * WORD), indexes: order, slots, count: order.length };
  for (const [rank, index] of order.entries()) {
    sorted.hashes.set(hashes.subarray(index * WORD, (index + 1) * WORD), rank * WORD);
    sorted.words.set(values.subarray(index * WORD, (index + 1) * WORD), rank * WORD);
  }
  return sorted;
}

function compare(part: Part, leaves: Leaves, nodes: TrieNodes, keccak: KeccakInto): { found: Difference[]; parts: Part[] } {
  const items = itemsOf(part.node, nodes);
  if (items.length === 17) {
    const parts = "0123456789abcdef".split("").flatMap((digit, index): Part[] => {
      const child = { prefix: part.prefix + digit, node: items[index] ?? "0x", ...within(leaves, part, part.prefix + digit) };
      if (child.node === "0x" ? child.from === child.to : child.node === hashOfOurs(leaves, child, keccak)) return [];
      return [child];
    });
    const gone = parts.filter(({ node }) => node === "0x");
    return { found: gone.flatMap(({ from, to }) => surplus(leaves, from, to)), parts: parts.filter(({ node }) => node !== "0x") };
  }
  const [encoded, value] = items;
  if (items.length !== 2 || typeof encoded !== "string" || encoded.length < 4 || value === undefined) throw new BrokenProof("a node is neither a branch nor an extension nor a leaf");
  const flag = Number.parseInt(encoded.slice(2, 3), 16);
  const prefix = part.prefix + encoded.slice(flag % 2 === 1 ? 3 : 4);
  const { from, to } = within(leaves, part, prefix);
  const found = [...surplus(leaves, part.from, from), ...surplus(leaves, to, part.to)];
  if (flag < 2) return { found, parts: [{ prefix, node: value, from, to }] };
  if (prefix.length !== 2 * WORD) throw new BrokenProof("a leaf has not the length of a hash");
  const proven = wordOf(value);
  const ours = from === to ? undefined : hexAt(leaves.words, from);
  if (ours !== proven) found.push({ hash: `0x${prefix}`, index: from === to ? undefined : leaves.indexes[from], proven });
  return { found, parts: [] };
}

/** Leaves of ours that the trie has not. */
function surplus(leaves: Leaves, from: number, to: number, most = WIDTH): Difference[] {
  return Array.from({ length: Math.min(most, to - from) }, (_, offset) => ({ hash: hexAt(leaves.hashes, from + offset), index: leaves.indexes[from + offset], proven: undefined }));
}

/** The leaves whose hash begins with these digits. */
function within(leaves: Leaves, { from, to }: Pick<Part, "from" | "to">, prefix: string): { from: number; to: number } {
  return { from: firstAtLeast(leaves, from, to, prefix.padEnd(2 * WORD, "0")), to: firstAtLeast(leaves, from, to, prefix.padEnd(2 * WORD, "f"), true) };
}

function firstAtLeast(leaves: Leaves, from: number, to: number, digits: string, isAfter = false): number {
  const wanted = Buffer.from(digits, "hex");
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareWords(leaves.hashes, middle * WORD, wanted, 0);
    if (order < 0 || (isAfter && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The hash of the node that our leaves of this part would make. */
function hashOfOurs(leaves: Leaves, { prefix, from, to }: Part, keccak: KeccakInto): Hex {
  const trie = new TrieRoot(keccak, prefix.length);
  for (let rank = from; rank < to; rank++) trie.add(leaves.hashes, rank * WORD, leaves.words, rank * WORD);
  return trie.end();
}

/** For each part, a slot whose hash begins as it does: one of ours, else any number, as long as one is found soon. */
function waysTo(parts: readonly Part[], leaves: Leaves, keccak: KeccakInto, tries: Tries): Map<Part, Hex> {
  const ways = new Map<Part, Hex>();
  const open = new Map<string, Part>();
  for (const part of parts) {
    if (part.from < part.to) ways.set(part, hexAt(leaves.slots, leaves.indexes[part.from] ?? 0));
    else open.set(part.prefix, part);
  }
  const lengths = new Set([...open.keys()].map(({ length }) => length));
  const [tried, hash] = [Buffer.alloc(WORD), Buffer.alloc(WORD)];
  for (; tries.next < MOST_TRIES && open.size > 0; tries.next++) {
    tried.writeUInt32BE(tries.next, 0);
    keccak.hash(tried, 0, WORD, hash, 0);
    const digits = hash.toString("hex", 0, 8);
    for (const length of lengths) {
      const part = open.get(digits.slice(0, length));
      if (part === undefined) continue;
      ways.set(part, `0x${tried.toString("hex")}`);
      open.delete(part.prefix);
    }
  }
  return ways;
}

/** Where the words at hand have a zero for it, and so no leaf, a difference has a place among them all the same. */
function nameZeros(found: readonly Difference[], { slots, count }: SlotWords, keccak: KeccakInto): void {
  const open = new Map(found.filter(({ index }) => index === undefined).map((difference) => [difference.hash, difference]));
  const hash = Buffer.alloc(WORD);
  for (let index = 0; index < count && open.size > 0; index++) {
    keccak.hash(slots, index * WORD, WORD, hash, 0);
    const difference = open.get(`0x${hash.toString("hex")}`);
    if (difference !== undefined) difference.index = index;
  }
}

/** Named by a hash whose node has not come yet. */
function isUnknown(node: Item, nodes: TrieNodes): boolean {
  return typeof node === "string" && !nodes.has(node as Hex);
}

function itemsOf(node: Item, nodes: TrieNodes): readonly Item[] {
  return typeof node === "string" ? nodes.get(node as Hex).items : node;
}

function wordOf(value: Item): Hex {
  let word: unknown;
  try {
    word = typeof value === "string" ? decodeRlp(value) : undefined;
  } catch (cause) {
    throw new BrokenProof("a leaf is no RLP", { cause });
  }
  if (typeof word !== "string" || word.length > ZERO_HASH.length) throw new BrokenProof("a slot holds no word");
  return `0x${word.slice(2).padStart(2 * WORD, "0")}`;
}

function isZero(values: Uint8Array, at: number): boolean {
  for (let byte = WORD - 1; byte >= 0; byte--) if (values[at + byte] !== 0) return false;
  return true;
}

function hexAt(bytes: Uint8Array, index: number): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset + index * WORD, WORD).toString("hex")}`;
}
