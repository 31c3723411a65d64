const WORD = 32;

/**
 * Positions of 32-byte words in ascending order; equal words stay in the order they came in. The first four bytes and the
 * position make one 64-bit number each, which the engine sorts without calling back; the few words that begin alike are put
 * in order after. Fast for hashes, 12 bytes of memory for each word; words that all begin alike are sorted by comparison.
 */
export function orderWords(words: Uint8Array, count: number): Uint32Array {
  const keys = new BigUint64Array(count);
  const halves = new Uint32Array(keys.buffer);
  const high = isLittleEndian() ? 1 : 0;
  const view = new DataView(words.buffer, words.byteOffset);
  for (let index = 0; index < count; index++) {
    halves[2 * index + high] = view.getUint32(index * WORD);
    halves[2 * index + 1 - high] = index;
  }
  keys.sort();
  const order = new Uint32Array(count);
  let start = 0;
  for (let rank = 0; rank < count; rank++) {
    order[rank] = halves[2 * rank + 1 - high] ?? 0;
    if (rank + 1 < count && halves[2 * rank + high] === halves[2 * (rank + 1) + high]) continue;
    if (rank > start) order.subarray(start, rank + 1).sort((a, b) => compareWords(words, a * WORD, words, b * WORD) || a - b);
    start = rank + 1;
  }
  return order;
}

/** Negative, zero or positive, as the 32 bytes at one place are less than, equal to or more than those at another. */
export function compareWords(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let byte = 0; byte < WORD; byte++) {
    const difference = (a[atA + byte] ?? 0) - (b[atB + byte] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
}
