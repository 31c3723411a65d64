import type { Hex } from "../hex.ts";
import { createKeccakInto } from "../keccak-into.ts";
import { hashPair, parseWords, toHex, WORD } from "./words.ts";

/**
 * The root that a leaf has with these siblings, by the rule of OpenZeppelin's MerkleProof: the two of a pair are sorted
 * before they are hashed.
 * @param leaf 32 bytes
 * @param siblings from the leaf up, 32 bytes each
 */
export async function rootOfProof(leaf: Uint8Array, siblings: Uint8Array): Promise<Hex> {
  const keccak = await createKeccakInto();
  // The node reached so far, and the sibling after it: one buffer, as pairs are hashed.
  const pair = new Uint8Array(2 * WORD);
  pair.set(leaf);
  for (let at = 0; at < siblings.length; at += WORD) {
    pair.set(siblings.subarray(at, at + WORD), WORD);
    hashPair(keccak, pair, 0, 0);
  }
  return toHex(pair.subarray(0, WORD));
}

/** Siblings of a `bytes32[]`, or of `bytes` that are such words one after the other. `undefined` for anything else. */
export function parseProof(proof: string | readonly string[]): Uint8Array | undefined {
  if (typeof proof === "string") return parseWords(proof);
  const words = proof.map((word) => (word.length === 2 + 2 * WORD ? parseWords(word) : undefined));
  return words.every((word) => word !== undefined) ? new Uint8Array(Buffer.concat(words)) : undefined;
}
