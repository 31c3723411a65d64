import type { SlotWords } from "../trie/storage-root.ts";

const WORD = 32;
const NONE = -1;

/** Words of one contract, found by their slot: a table of positions over the flat bytes, four to eight bytes for each word. */
export class WordIndex {
  readonly #slots: Uint8Array;
  readonly #values: Uint8Array;
  readonly #view: DataView;
  readonly #table: Int32Array;
  readonly #mask: number;

  constructor({ slots, values, count }: SlotWords) {
    this.#slots = slots;
    this.#values = values;
    this.#view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    let size = 8;
    while (size < count * 2) size *= 2;
    this.#table = new Int32Array(size).fill(NONE);
    this.#mask = size - 1;
    for (let index = 0; index < count; index++) {
      let place = this.#placeOf(slots, index * WORD);
      while (this.#table[place] !== NONE) place = (place + 1) & this.#mask;
      this.#table[place] = index;
    }
  }

  /**
   * The number in `size` bytes of a word, `offset` bytes from its low end; zero where there is no word.
   * @param slot 32 bytes
   */
  number(slot: Uint8Array, offset: number, size: number): bigint {
    const index = this.#find(slot, 0);
    if (index === NONE) return 0n;
    const end = index * WORD + WORD - offset;
    if (size === WORD) return this.#wholeAt(index * WORD);
    let value = 0n;
    for (let at = end - size; at < end; at += 4) {
      const bytes = Math.min(4, end - at);
      let part = 0;
      for (let byte = 0; byte < bytes; byte++) part = part * 256 + (this.#values[at + byte] ?? 0);
      value = (value << BigInt(bytes * 8)) | BigInt(part);
    }
    return value;
  }

  /** Those bytes as they lie there; undefined where there is no word. Not a copy. */
  bytes(slot: Uint8Array, offset: number, size: number): Uint8Array | undefined {
    const index = this.#find(slot, 0);
    if (index === NONE) return undefined;
    const end = index * WORD + WORD - offset;
    return this.#values.subarray(end - size, end);
  }

  /** The words at many slots, 32 bytes each; zero where there is none. */
  words(slots: Uint8Array): Uint8Array {
    const found = new Uint8Array(slots.length);
    for (let at = 0; at < slots.length; at += WORD) {
      const index = this.#find(slots, at);
      if (index === NONE) continue;
      for (let byte = 0; byte < WORD; byte++) found[at + byte] = this.#values[index * WORD + byte] ?? 0;
    }
    return found;
  }

  /** Which of the words lies at the slot that is `at` bytes into `slots`; -1 for none. */
  position(slots: Uint8Array, at: number): number {
    return this.#find(slots, at);
  }

  #wholeAt(at: number): bigint {
    // Most words are small: what is zero is not put together.
    const [first, second, third, fourth] = [this.#view.getBigUint64(at), this.#view.getBigUint64(at + 8), this.#view.getBigUint64(at + 16), this.#view.getBigUint64(at + 24)];
    if (first === 0n && second === 0n) return third === 0n ? fourth : (third << 64n) | fourth;
    return (((((first << 64n) | second) << 64n) | third) << 64n) | fourth;
  }

  #find(slots: Uint8Array, from: number): number {
    for (let place = this.#placeOf(slots, from); ; place = (place + 1) & this.#mask) {
      const index = this.#table[place] ?? NONE;
      if (index === NONE || this.#isAt(index * WORD, slots, from)) return index;
    }
  }

  #isAt(at: number, slots: Uint8Array, from: number): boolean {
    for (let byte = WORD - 1; byte >= 0; byte--) if (this.#slots[at + byte] !== slots[from + byte]) return false;
    return true;
  }

  #placeOf(bytes: Uint8Array, at: number): number {
    // From both ends: members of a struct differ in the low bytes, variables in place in nothing else.
    const low = ((bytes[at + 28] ?? 0) << 24) | ((bytes[at + 29] ?? 0) << 16) | ((bytes[at + 30] ?? 0) << 8) | (bytes[at + 31] ?? 0);
    const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const mixed = Math.imul(low ^ (high >>> 7), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }
}
