import type { Hex } from "../hex.ts";
import type { KeccakInto } from "../keccak-into.ts";

/** Bytes of a hash, and of everything a tree is made of. */
export const WORD = 32;

/** Negative, zero or positive, as the first word is below, equal to or above the second. Offsets are in bytes. */
export function compareWords(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let byte = 0; byte < WORD; byte++) {
    const difference = (a[atA + byte] ?? 0) - (b[atB + byte] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const scratch = new Uint8Array(2 * WORD);

/** Hashes two neighbouring words, the smaller first, and writes the hash into the same array. Offsets are in bytes. */
export function hashPair(keccak: KeccakInto, words: Uint8Array, left: number, into: number): void {
  const right = left + WORD;
  if (compareWords(words, left, words, right) <= 0) return keccak.hash(words, left, 2 * WORD, words, into);
  for (let byte = 0; byte < WORD; byte++) {
    scratch[byte] = words[right + byte] ?? 0;
    scratch[WORD + byte] = words[left + byte] ?? 0;
  }
  keccak.hash(scratch, 0, 2 * WORD, words, into);
}

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** A view of one of the words that lie one after the other. */
export function wordAt(words: Uint8Array, index: number): Uint8Array {
  return words.subarray(index * WORD, (index + 1) * WORD);
}

/** `undefined` for anything that is not `0x` and whole words in hexadecimal digits. */
export function parseWords(hex: string): Uint8Array | undefined {
  if (!hex.startsWith("0x") || hex.length % (2 * WORD) !== 2) return undefined;
  const bytes = Buffer.from(hex.slice(2), "hex");
  return bytes.length === (hex.length - 2) / 2 ? bytes : undefined;
}
