import type { SlotWords } from "../trie/storage-root.ts";

const WORD = 32;
/** Of a word, four bytes each. */
const PARTS = 8;
const NONE = -1;

/**
 * Words of one contract, found by their slot: a table over the flat bytes, 16 to 32 bytes for each word. Beside each position it
 * has the hash of the slot, so that what is not there is most often told without looking at any slot.
 */
export class WordIndex {
  readonly #slots: Int32Array;
  readonly #values: Uint8Array;
  readonly #view: DataView;
  /** Position and hash in turns. */
  readonly #table: Int32Array;
  readonly #mask: number;

  constructor({ slots, values, count }: SlotWords) {
    this.#slots = partsOf(slots);
    this.#values = values;
    this.#view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    let size = 8;
    while (size < count * 2) size *= 2;
    const table = new Int32Array(2 * size).fill(NONE);
    this.#table = table;
    this.#mask = size - 1;
    for (let index = 0; index < count; index++) {
      const hash = hashOf(this.#slots, index * PARTS);
      let place = hash & this.#mask;
      while (table[2 * place] !== NONE) place = (place + 1) & this.#mask;
      table[2 * place] = index;
      table[2 * place + 1] = hash;
    }
  }

  /**
   * The number in `size` bytes of a word, `offset` bytes from its low end; zero where there is no word.
   * @param slot 32 bytes
   */
  number(slot: Uint8Array, offset: number, size: number): bigint {
    const index = this.#find(partsOf(slot), 0);
    return index === NONE ? 0n : this.numberAt(index, offset, size);
  }

  /** Those bytes as they lie there; undefined where there is no word. Not a copy. */
  bytes(slot: Uint8Array, offset: number, size: number): Uint8Array | undefined {
    const index = this.#find(partsOf(slot), 0);
    return index === NONE ? undefined : this.bytesAt(index, offset, size);
  }

  /** Where the words at many slots are; -1 for none. */
  positions(slots: Uint8Array): Int32Array {
    const parts = partsOf(slots);
    const found = new Int32Array(parts.length / PARTS);
    for (let place = 0; place < found.length; place++) found[place] = this.#find(parts, place * PARTS);
    return found;
  }

  /** As `number`, of a word whose position is known. */
  numberAt(position: number, offset: number, size: number): bigint {
    if (size === WORD) return this.#wholeAt(position * WORD);
    const end = position * WORD + WORD - offset;
    let value = 0n;
    for (let at = end - size; at < end; at += 4) {
      const bytes = Math.min(4, end - at);
      let part = 0;
      for (let byte = 0; byte < bytes; byte++) part = part * 256 + (this.#values[at + byte] ?? 0);
      value = (value << BigInt(bytes * 8)) | BigInt(part);
    }
    return value;
  }

  /** As `bytes`, of a word whose position is known. */
  bytesAt(position: number, offset: number, size: number): Uint8Array {
    const end = position * WORD + WORD - offset;
    return this.#values.subarray(end - size, end);
  }

  /** The words at many slots, 32 bytes each; zero where there is none. */
  words(slots: Uint8Array): Uint8Array {
    const found = new Uint8Array(slots.length);
    const parts = partsOf(slots);
    for (let at = 0; at < parts.length; at += PARTS) {
      const index = this.#find(parts, at);
      if (index === NONE) continue;
      for (let byte = 0; byte < WORD; byte++) found[at * 4 + byte] = this.#values[index * WORD + byte] ?? 0;
    }
    return found;
  }

  /** Which of the slots are among the words: told one after the other, with their place among the slots and among the words. */
  each(slots: Uint8Array, tell: (place: number, index: number) => void): void {
    const parts = partsOf(slots);
    for (let at = 0; at < parts.length; at += PARTS) {
      const index = this.#find(parts, at);
      if (index !== NONE) tell(at / PARTS, index);
    }
  }

  #wholeAt(at: number): bigint {
    // Most words are small: what is zero is not put together.
    const [first, second, third, fourth] = [this.#view.getBigUint64(at), this.#view.getBigUint64(at + 8), this.#view.getBigUint64(at + 16), this.#view.getBigUint64(at + 24)];
    if (first === 0n && second === 0n) return third === 0n ? fourth : (third << 64n) | fourth;
    return (((((first << 64n) | second) << 64n) | third) << 64n) | fourth;
  }

  #find(parts: Int32Array, from: number): number {
    const table = this.#table;
    const slots = this.#slots;
    const hash = hashOf(parts, from);
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      const index = table[2 * place] ?? NONE;
      if (index === NONE) return NONE;
      if (table[2 * place + 1] !== hash) continue;
      let part = 0;
      while (part < PARTS && slots[index * PARTS + part] === parts[from + part]) part++;
      if (part === PARTS) return index;
    }
  }
}

/** From both ends: members of a struct differ in the last byte, variables in place in nothing else. */
function hashOf(parts: Int32Array, at: number): number {
  let hash = (parts[at + 7] ?? 0) ^ ((parts[at] ?? 0) >>> 9);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The same bytes, four at a time; a copy where they do not lie so. */
function partsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
