import { compareWords, WORD } from "./words.ts";

/**
 * Positions of the leaves in ascending order of their hashes; equal ones in the order of the list. The first four bytes and
 * the position make one 64-bit number each, which the engine sorts without calling back; the few hashes that begin alike are
 * put in order after. Costs 12 bytes for each leaf, of which 4 stay.
 * @param base where the first leaf begins, in bytes
 */
export function sortLeaves(words: Uint8Array, base: number, count: number): Uint32Array {
  const keys = new BigUint64Array(count);
  const halves = new Uint32Array(keys.buffer);
  const high = isLittleEndian() ? 1 : 0;
  const view = new DataView(words.buffer, words.byteOffset);
  for (let index = 0; index < count; index++) {
    halves[2 * index + high] = view.getUint32(base + index * WORD);
    halves[2 * index + 1 - high] = index;
  }
  keys.sort();
  const order = new Uint32Array(count);
  let start = 0;
  for (let rank = 0; rank < count; rank++) {
    order[rank] = halves[2 * rank + 1 - high] ?? 0;
    if (rank + 1 < count && halves[2 * rank + high] === halves[2 * (rank + 1) + high]) continue;
    if (rank > start) order.subarray(start, rank + 1).sort((a, b) => compareWords(words, base + a * WORD, words, base + b * WORD) || a - b);
    start = rank + 1;
  }
  return order;
}

/**
 * Brings the leaves into order where they lie: afterwards the place `slot` has the leaf that was at `sourceOf(slot)`.
 * @param base where the first leaf begins, in bytes
 */
export function arrangeLeaves(words: Uint8Array, base: number, count: number, sourceOf: (slot: number) => number): void {
  const numbers = new Uint32Array(words.buffer, words.byteOffset + base, count * NUMBERS);
  const arranged = new Uint8Array(Math.ceil(count / 8));
  const held = new Uint32Array(NUMBERS);
  for (let first = 0; first < count; first++) {
    if (((arranged[first >> 3] ?? 0) & (1 << (first & 7))) !== 0 || sourceOf(first) === first) continue;
    // One leaf is held aside, each place is filled from where its leaf is, and the one held fills the last.
    copyNumbers(numbers, first, held, 0);
    let slot = first;
    for (let source = sourceOf(slot); source !== first; source = sourceOf(slot)) {
      copyNumbers(numbers, source, numbers, slot);
      arranged[slot >> 3] = (arranged[slot >> 3] ?? 0) | (1 << (slot & 7));
      slot = source;
    }
    copyNumbers(held, 0, numbers, slot);
    arranged[slot >> 3] = (arranged[slot >> 3] ?? 0) | (1 << (slot & 7));
  }
}

/** A word as numbers of 32 bits: for so few, one by one is faster than to make two views. */
const NUMBERS = WORD / 4;

function copyNumbers(from: Uint32Array, source: number, to: Uint32Array, target: number): void {
  for (let number = 0; number < NUMBERS; number++) to[target * NUMBERS + number] = from[source * NUMBERS + number] ?? 0;
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
}
