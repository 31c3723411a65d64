import { ZERO_HASH, type Hex } from "../../protocol/hex.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import { storageRootOf, type SlotWords } from "../trie/storage-root.ts";
import { TrieNodes } from "../trie/trie-proof.ts";
import { findDifferences, type Difference } from "./find-differences.ts";

/** What a node can tell of one account's storage beyond the words of slots. */
export interface StorageWitness {
  /** Nodes of the storage trie on the way to each slot. */
  prove(slots: readonly Hex[]): Promise<readonly Hex[]>;
  /** Slots by their hash, of those hashes that the node knows a slot to; it may know none. */
  slotsOf(hashes: readonly Hex[]): Promise<ReadonlyMap<Hex, Hex>>;
  /** A local chain's quirk (`readWrittenZeros`), as far as it is known; undefined on any other chain. */
  writtenZeros: (() => Promise<readonly Hex[]>) | undefined;
}

export interface FalseWord {
  slot: Hex;
  said: Hex;
  proven: Hex;
}

/** A word that the chain has in a slot that nobody asked for. */
export interface UnexplainedWord {
  /** keccak-256 of the slot. */
  hash: Hex;
  word: Hex;
}

export interface FoundWord {
  slot: Hex;
  word: Hex;
}

/** The words at hand are all that the contract has; or why not. */
export type StorageVerdict =
  | { is: "complete"; words: SlotWords; writtenZeros: Hex[]; found: FoundWord[] }
  | { is: "false"; words: FalseWord[] }
  | { is: "unexplained"; words: UnexplainedWord[]; /** There are more than these. */ more: boolean };

const WORD = 32;
const MOST_ROUNDS = 30;
const WIDTH = 64;
/** On a local chain every slot that was reset since the block may differ. */
const LOCAL_WIDTH = 512;

/**
 * Rebuilds a storage root from words and compares it with the proven one. Where they differ, the proofs of a few slots lead to
 * those that do: a word that the node gave falsely, or one in a slot that nobody asked for, which the node may be able to name.
 * @param asked every slot that was read, in any order, each once, zeros too
 * @throws BrokenProof, and what the witness throws
 */
export async function proveStorage(storageHash: Hex, asked: SlotWords, witness: StorageWitness): Promise<StorageVerdict> {
  const words = sortedWords(asked);
  if ((await storageRootOf(words)) === storageHash) return { is: "complete", words, writtenZeros: [], found: [] };
  const zeros = new Set(await witness.writtenZeros?.());
  if (zeros.size > 0 && (await storageRootOf(words, [...zeros])) === storageHash) return { is: "complete", words, writtenZeros: without(zeros, words), found: [] };

  const nodes = new TrieNodes();
  const found: FoundWord[] = [];
  const access = { root: storageHash, nodes, prove: async (slots: readonly Hex[]) => nodes.add(await witness.prove(slots)) };
  const width = witness.writtenZeros === undefined ? WIDTH : LOCAL_WIDTH;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const told = withFound(asked, found);
    const { all, zeroLeaves } = withZeros(told, zeros);
    const { found: differences, unexplored } = await findDifferences(all, access, { zeroLeaves, width });
    if (differences.length === 0 && unexplored === 0) {
      const complete = sortedWords(withFound(asked, found));
      return { is: "complete", words: complete, writtenZeros: without(zeros, complete), found };
    }
    const known = await nameDifferences(differences, all, told.count, witness);
    const lies = known.flatMap(({ slot, said, proven }): FalseWord[] => (slot === undefined || said === undefined || said === (proven ?? ZERO_HASH) ? [] : [{ slot, said, proven: proven ?? ZERO_HASH }]));
    if (lies.length > 0) return { is: "false", words: lies };
    const unexplained = known.filter(({ slot }) => slot === undefined);
    const learnt = known.filter(({ slot }) => slot !== undefined);
    if (unexplained.length > 0 || learnt.length === 0) {
      return { is: "unexplained", words: unexplained.map(({ hash, proven }) => ({ hash, word: proven ?? ZERO_HASH })), more: unexplored > 0 };
    }
    for (const { slot, said, proven } of learnt) {
      if (slot === undefined) continue;
      if (proven === ZERO_HASH) zeros.add(slot);
      else if (proven === undefined) zeros.delete(slot);
      else if (said === undefined) found.push({ slot, word: proven });
    }
  }
  return { is: "unexplained", words: [], more: true };
}

interface Named extends Difference {
  slot: Hex | undefined;
  /** What the node said of it; undefined where it was not asked. */
  said: Hex | undefined;
}

/** @param told how many of the words the node has told; the others are zeros that it may have had before or after */
async function nameDifferences(differences: readonly Difference[], all: SlotWords, told: number, witness: StorageWitness): Promise<Named[]> {
  const nameless = differences.filter(({ index }) => index === undefined).map(({ hash }) => hash);
  const slots = nameless.length === 0 ? new Map<Hex, Hex>() : await witness.slotsOf(nameless);
  return differences.map((difference) => {
    const { index, hash } = difference;
    if (index === undefined) return { ...difference, slot: slots.get(hash), said: undefined };
    return { ...difference, slot: hexAt(all.slots, index), said: index < told ? hexAt(all.values, index) : undefined };
  });
}

/** Ascending by slot, without zeros. */
function sortedWords({ slots, values, count }: SlotWords): SlotWords {
  const order = orderWords(slots, count).filter((index) => !isZero(values, index * WORD));
  const sorted: SlotWords = { slots: new Uint8Array(order.length * WORD), values: new Uint8Array(order.length * WORD), count: order.length };
  for (const [rank, index] of order.entries()) {
    sorted.slots.set(slots.subarray(index * WORD, (index + 1) * WORD), rank * WORD);
    sorted.values.set(values.subarray(index * WORD, (index + 1) * WORD), rank * WORD);
  }
  return sorted;
}

function withFound(asked: SlotWords, found: readonly FoundWord[]): SlotWords {
  return found.length === 0 ? asked : append(asked, found);
}

/** The words at hand with the leaves of zero that a local chain has. */
function withZeros(asked: SlotWords, zeros: ReadonlySet<Hex>): { all: SlotWords; zeroLeaves: Set<number> } {
  const places = new Map<Hex, number>();
  const zeroLeaves = new Set<number>();
  if (zeros.size === 0) return { all: asked, zeroLeaves };
  for (let index = 0; index < asked.count; index++) {
    const slot = hexAt(asked.slots, index);
    if (zeros.has(slot)) places.set(slot, index);
  }
  const more = [...zeros].filter((slot) => !places.has(slot));
  for (const index of places.values()) if (isZero(asked.values, index * WORD)) zeroLeaves.add(index);
  for (const [offset] of more.entries()) zeroLeaves.add(asked.count + offset);
  return { all: append(asked, more.map((slot) => ({ slot, word: ZERO_HASH }))), zeroLeaves };
}

function append({ slots, values, count }: SlotWords, more: readonly FoundWord[]): SlotWords {
  const join = (bytes: Uint8Array, words: readonly Hex[]): Uint8Array => Buffer.concat([bytes, ...words.map((word) => Buffer.from(word.slice(2), "hex"))]);
  return { slots: join(slots, more.map(({ slot }) => slot)), values: join(values, more.map(({ word }) => word)), count: count + more.length };
}

/** Of the slots that are held as zero, those that are none of the words. */
function without(zeros: ReadonlySet<Hex>, { slots, count }: SlotWords): Hex[] {
  const has = (slot: Hex): boolean => {
    const wanted = Buffer.from(slot.slice(2), "hex");
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compareWords(slots, middle * WORD, wanted, 0);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  };
  return [...zeros].filter((slot) => !has(slot)).toSorted();
}

function isZero(values: Uint8Array, at: number): boolean {
  for (let byte = WORD - 1; byte >= 0; byte--) if (values[at + byte] !== 0) return false;
  return true;
}

function hexAt(bytes: Uint8Array, index: number): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset + index * WORD, WORD).toString("hex")}`;
}
