import { compareWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../trie/storage-root.ts";

const WORD = 32;

/** Words that are not the same on both sides; zero where one has none. */
export interface ChangedWords {
  /** 32 bytes each, ascending. */
  slots: Uint8Array;
  before: Uint8Array;
  after: Uint8Array;
  count: number;
}

/** Both sides ascending by slot, as a state has them. */
export function changedWords(before: SlotWords, after: SlotWords): ChangedWords {
  const slots = new Pieces();
  const was = new Pieces();
  const is = new Pieces();
  let [left, right, count] = [0, 0, 0];
  while (left < before.count || right < after.count) {
    const order = left === before.count ? 1 : right === after.count ? -1 : compareWords(before.slots, left * WORD, after.slots, right * WORD);
    if (order !== 0 || compareWords(before.values, left * WORD, after.values, right * WORD) !== 0) {
      if (order <= 0) slots.add(before.slots, left);
      else slots.add(after.slots, right);
      if (order <= 0) was.add(before.values, left);
      else was.addZero();
      if (order >= 0) is.add(after.values, right);
      else is.addZero();
      count += 1;
    }
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return { slots: slots.end(), before: was.end(), after: is.end(), count };
}

/** Words put together one by one. */
class Pieces {
  #bytes = new Uint8Array(64 * WORD);
  #length = 0;

  add(words: Uint8Array, index: number): void {
    this.#grow();
    this.#bytes.set(words.subarray(index * WORD, (index + 1) * WORD), this.#length);
    this.#length += WORD;
  }

  addZero(): void {
    this.#grow();
    this.#length += WORD;
  }

  end(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    if (this.#length < this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
