import { encodeRlp, keccak256, toBeArray, type RlpStructuredDataish } from "ethers";
import { ZERO_HASH, type Hex } from "../../src/protocol/hex.ts";

/**
 * The root of a storage trie as the Yellow Paper defines it (appendix D): a function that calls itself for every node, over
 * hex text, with ethers' RLP and keccak. It is slow, and plain enough to be compared with.
 */
export function plainStorageRoot(words: Iterable<readonly [slot: Hex, value: Hex]>, zeros: "drop" | "keep" = "drop"): Hex {
  const kept = [...words].filter(([, value]) => zeros === "keep" || value !== ZERO_HASH);
  return plainTrieRoot(kept.map(([slot, value]) => [keccak256(slot) as Hex, value]));
}

/** As `plainStorageRoot`, of slots that are hashed already. */
export function plainTrieRoot(words: Iterable<readonly [hashedSlot: Hex, value: Hex]>): Hex {
  const leaves = [...words]
    .map(([hashed, value]): Leaf => ({ path: hashed.slice(2), value: encodeRlp(toBeArray(BigInt(value))) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return keccak256(encodeRlp(leaves.length === 0 ? "0x" : toNode(leaves, 0))) as Hex;
}

interface Leaf {
  /** 64 hex digits of the hashed slot: the way from the root to the leaf. */
  path: string;
  /** RLP of the word without leading zeros. */
  value: string;
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
