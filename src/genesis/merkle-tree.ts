import type { Hex } from "../protocol/hex.ts";
import { createKeccakInto } from "../protocol/keccak-into.ts";
import { buildHashTree, type HashTree, type TreeShape } from "../protocol/merkle/hash-tree.ts";
import { LeafList } from "../protocol/merkle/leaf-list.ts";
import { parseProof, rootOfProof } from "../protocol/merkle/proof.ts";
import { compareWords, toHex, WORD } from "../protocol/merkle/words.ts";

export interface Duplicate {
  /** 20 bytes, lower case. */
  address: Hex;
  /** Positions in the list that the tree was built from, ascending. */
  positions: number[];
}

export interface MerkleTree {
  shape: TreeShape;
  root: Hex;
  /** Leaves, duplicates included. */
  count: number;
  /** Addresses that are in the list more than once, by first position; at most `DUPLICATES_SHOWN` of them. */
  duplicates: readonly Duplicate[];
  duplicateCount: number;
  /** Siblings from the leaf up, 32 bytes each, concatenated. `undefined` when the address is not in the tree. */
  proofOf(address: Hex): Hex | undefined;
}

const ADDRESS = 20;
export const DUPLICATES_SHOWN = 20;

/**
 * MerkleMine's tree over addresses, 20 bytes each: leaf = keccak256(address), leaves sorted, the two of a pair sorted
 * before they are hashed. A leaf hashes 20 bytes and a node 64, so no node can pass for a leaf.
 *
 * The default shape is OpenZeppelin's, whose tools and proofs are in use today; roots published in 2018 need `layered`.
 * @throws RangeError for an empty list, or a length that is not a multiple of 20
 */
export async function buildMerkleTree(addresses: Uint8Array, shape: TreeShape = "complete"): Promise<MerkleTree> {
  const count = addresses.length / ADDRESS;
  if (count === 0 || !Number.isInteger(count)) throw new RangeError(`${addresses.length} bytes are not a list of addresses`);
  const keccak = await createKeccakInto();
  const leaves = new LeafList();
  for (let index = 0; index < count; index++) leaves.add((target, at) => keccak.hash(addresses, index * ADDRESS, ADDRESS, target, at));
  const tree = buildHashTree(keccak, leaves, { shape, order: "sorted" });
  const { rankOf, siblingsOf } = tree;
  return {
    shape,
    count,
    root: tree.root,
    ...findDuplicates(addresses, tree),
    proofOf: (address) => {
      const leaf = new Uint8Array(WORD);
      keccak.hash(parseAddressBytes(address), 0, ADDRESS, leaf, 0);
      const rank = rankOf(leaf);
      return rank === undefined ? undefined : toHex(Buffer.concat(siblingsOf(rank)));
    },
  };
}

/** Whether a proof leads from an address to a root, by the rule of MerkleMine's contract. Never throws for bad bytes. */
export async function verifyMerkleProof(address: Hex, proof: Hex, root: Hex): Promise<boolean> {
  const siblings = parseProof(proof);
  if (siblings === undefined || !/^0x[0-9a-f]{40}$/i.test(address)) return false;
  const keccak = await createKeccakInto();
  const leaf = new Uint8Array(WORD);
  keccak.hash(parseAddressBytes(address), 0, ADDRESS, leaf, 0);
  return (await rootOfProof(leaf, siblings)) === root.toLowerCase();
}

function findDuplicates(addresses: Uint8Array, { nodes, nodeOf, order }: HashTree): { duplicates: Duplicate[]; duplicateCount: number } {
  const duplicates: Duplicate[] = [];
  let duplicateCount = 0;
  for (let rank = 0; rank < order.length; ) {
    let end = rank + 1;
    while (end < order.length && compareWords(nodes, nodeOf(rank) * WORD, nodes, nodeOf(end) * WORD) === 0) end++;
    if (end > rank + 1) {
      const first = order[rank] ?? 0;
      duplicateCount++;
      duplicates.push({ address: toHex(addresses.subarray(first * ADDRESS, (first + 1) * ADDRESS)), positions: [...order.subarray(rank, Math.min(end, rank + DUPLICATES_SHOWN))] });
      if (duplicates.length > 4 * DUPLICATES_SHOWN) keepFirst(duplicates);
    }
    rank = end;
  }
  keepFirst(duplicates);
  return { duplicates, duplicateCount };
}

function keepFirst(duplicates: Duplicate[]): void {
  duplicates.sort((a, b) => (a.positions[0] ?? 0) - (b.positions[0] ?? 0)).splice(DUPLICATES_SHOWN);
}

function parseAddressBytes(address: Hex): Uint8Array {
  const bytes = Buffer.from(address.slice(2), "hex");
  if (bytes.length !== ADDRESS) throw new RangeError("an address has 20 bytes");
  return bytes;
}
