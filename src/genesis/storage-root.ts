import { encodeRlp, keccak256, toBeArray, type RlpStructuredDataish } from "ethers";
import { z } from "zod";
import { hash32Schema, ZERO_HASH, type Hex } from "../protocol/hex.ts";

/** What `eth_getProof` says of an account's storage; the rest of the answer is not needed here. */
export const storageProofSchema = z.object({ storageHash: hash32Schema });

interface Leaf {
  /** 64 hex digits of the hashed slot: the way from the root to the leaf. */
  path: string;
  /** RLP of the word without leading zeros. */
  value: string;
}

/**
 * Root of an account's storage trie, as `eth_getProof` gives it in `storageHash`, from its words.
 * Equal roots prove that an account has these words and no others. Yellow Paper, appendix D.
 * @param words slot to value, 32 bytes each
 * @param zeros `drop` words that are zero, as Ethereum does, or `keep` them: anvil has a leaf for a word that was reset
 */
export function storageRoot(words: Iterable<readonly [slot: Hex, value: Hex]>, zeros: "drop" | "keep" = "drop"): Hex {
  const leaves = [...words]
    .filter(([, value]) => zeros === "keep" || value !== ZERO_HASH)
    .map(([slot, value]): Leaf => ({ path: keccak256(slot).slice(2), value: encodeRlp(toBeArray(BigInt(value))) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return keccak256(encodeRlp(leaves.length === 0 ? "0x" : toNode(leaves, 0))) as Hex;
}

/** The node that all these leaves are below; they agree in the first `depth` digits, and are sorted. */
function toNode(leaves: readonly Leaf[], depth: number): RlpStructuredDataish[] {
  const [first] = leaves;
  const last = leaves.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a node has leaves");
  if (first === last) return [packPath(first.path.slice(depth), true), first.value];
  let shared = depth;
  while (first.path[shared] === last.path[shared]) shared++;
  if (shared > depth) return [packPath(first.path.slice(depth, shared), false), reference(toNode(leaves, shared))];
  const children = Array.from({ length: 16 }, (_, digit): RlpStructuredDataish => {
    const below = leaves.filter(({ path }) => path[depth] === digit.toString(16));
    return below.length === 0 ? "0x" : reference(toNode(below, depth + 1));
  });
  return [...children, "0x"];
}

/** A node within its parent: itself when it is short, else its hash. */
function reference(node: RlpStructuredDataish[]): RlpStructuredDataish {
  const encoded = encodeRlp(node);
  return encoded.length - 2 < 64 ? node : keccak256(encoded);
}

/** Digits as bytes, with a first digit that tells a leaf from an extension and an odd number from an even one. */
function packPath(digits: string, isLeaf: boolean): string {
  const flag = isLeaf ? 2 : 0;
  return digits.length % 2 === 1 ? `0x${flag + 1}${digits}` : `0x${flag}0${digits}`;
}
