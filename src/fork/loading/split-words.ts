import { compareWords, orderWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../../snapshot/trie/storage-root.ts";

const WORD = 32;

/** The same words, ascending by slot. */
export function sortWords({ slots, values, count }: SlotWords): SlotWords {
  const sorted: SlotWords = { slots: new Uint8Array(count * WORD), values: new Uint8Array(count * WORD), count };
  for (const [at, index] of orderWords(slots, count).entries()) {
    sorted.slots.set(slots.subarray(index * WORD, (index + 1) * WORD), at * WORD);
    sorted.values.set(values.subarray(index * WORD, (index + 1) * WORD), at * WORD);
  }
  return sorted;
}

/**
 * Words without some of them.
 * @param all ascending
 * @param some ascending
 * @throws RangeError where one of `some` is not among all, with its value
 */
export function withoutWords(all: SlotWords, some: SlotWords): SlotWords {
  const slots = new Uint8Array((all.count - some.count) * WORD);
  const values = new Uint8Array(slots.length);
  let [kept, taken] = [0, 0];
  for (let index = 0; index < all.count; index++) {
    const isTaken = taken < some.count && compareWords(all.slots, index * WORD, some.slots, taken * WORD) === 0;
    if (isTaken) {
      if (compareWords(all.values, index * WORD, some.values, taken * WORD) !== 0) break;
      taken++;
      continue;
    }
    if (kept >= slots.length) break;
    slots.set(all.slots.subarray(index * WORD, (index + 1) * WORD), kept);
    values.set(all.values.subarray(index * WORD, (index + 1) * WORD), kept);
    kept += WORD;
  }
  if (taken !== some.count || kept !== slots.length) throw new RangeError("a word that is taken out is not there");
  return { slots, values, count: kept / WORD };
}
