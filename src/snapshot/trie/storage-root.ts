import { z } from "zod";
import { hash32Schema, type Hex } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import { TrieRoot } from "./trie-root.ts";

const WORD = 32;

/** What `eth_getProof` says of an account's storage; the rest of the answer is not needed here. */
export const storageProofSchema = z.object({ storageHash: hash32Schema });

/** Words of one account's storage, in any order, each slot once. */
export interface SlotWords {
  /** 32 bytes for each slot. */
  slots: Uint8Array;
  /** 32 bytes for each word, in the order of the slots. */
  values: Uint8Array;
  count: number;
}

/**
 * What becomes of words that are zero. Ethereum has no leaf for them: `drop`. anvil keeps the leaf of a word that was reset,
 * or written as zero: `keep` when the words are those that were written, or the slots that anvil holds as zero
 * (`readWrittenZeros`), whether they are among the words or not.
 */
export type Zeros = "drop" | "keep" | readonly Hex[];

/**
 * Root of an account's storage trie, as `eth_getProof` gives it in `storageHash`, from its words. Equal roots prove that an
 * account has these words and no others. Yellow Paper, appendix D. Takes 44 bytes for each word beside the words.
 * @throws RangeError when the lengths do not fit, or a slot is there twice
 */
export async function storageRootOf({ slots, values, count }: SlotWords, zeros: Zeros = "drop"): Promise<Hex> {
  if (slots.length !== count * WORD || values.length !== count * WORD) throw new RangeError(`${slots.length} and ${values.length} bytes are not ${count} slots and as many words`);
  const keccak = await createKeccakInto();
  const reset = typeof zeros === "string" ? [] : zeros;
  const total = count + reset.length;
  const hashes = new Uint8Array(total * WORD);
  for (let index = 0; index < count; index++) keccak.hash(slots, index * WORD, WORD, hashes, index * WORD);
  for (const [index, slot] of reset.entries()) keccak.hash(bytesOf(slot), 0, WORD, hashes, (count + index) * WORD);

  const trie = new TrieRoot(keccak);
  const order = orderWords(hashes, total);
  for (let rank = 0; rank < total; ) {
    const index = order[rank] ?? 0;
    const isNext = (other: number): boolean => other < total && compareWords(hashes, index * WORD, hashes, (order[other] ?? 0) * WORD) === 0;
    // A slot that was reset comes after the word of the same slot, if there is one: equal hashes stay in order.
    let next = rank + 1;
    while (isNext(next) && (order[next] ?? 0) >= count) next++;
    if (isNext(next)) throw new RangeError("a slot is there twice");
    const isReset = index >= count || next > rank + 1;
    if (index < count && !isZero(values, index * WORD)) trie.add(hashes, index * WORD, values, index * WORD);
    else if (zeros === "keep" || isReset) trie.add(hashes, index * WORD, NO_WORD, 0);
    rank = next;
  }
  return trie.end();
}

/** Words that are at hand one by one, as those of a small contract are. */
export function slotWordsOf(words: Iterable<readonly [slot: Hex, value: Hex]>): SlotWords {
  const pairs = [...words];
  const flat = (parts: readonly Hex[]): Uint8Array => {
    const bytes = new Uint8Array(parts.length * WORD);
    for (const [index, part] of parts.entries()) bytes.set(bytesOf(part), index * WORD);
    return bytes;
  };
  return { slots: flat(pairs.map(([slot]) => slot)), values: flat(pairs.map(([, value]) => value)), count: pairs.length };
}

const NO_WORD = new Uint8Array(WORD);

function isZero(values: Uint8Array, at: number): boolean {
  // From the end, where most words have something.
  for (let byte = WORD - 1; byte >= 0; byte--) if (values[at + byte] !== 0) return false;
  return true;
}

function bytesOf(word: Hex): Uint8Array {
  const bytes = Buffer.from(word.slice(2), "hex");
  if (bytes.length !== WORD || word.length !== 2 + 2 * WORD) throw new RangeError(`${word} has not 32 bytes`);
  return bytes;
}
