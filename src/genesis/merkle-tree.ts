import type { Hex } from "../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../protocol/keccak-into.ts";
import { compareWords, orderWords } from "../protocol/order-words.ts";

/**
 * `complete`: a complete binary tree in an array, as OpenZeppelin's merkle-tree builds it.
 * `layered`: pairs layer by layer, an odd node at the end of a layer is promoted, as MerkleMine's client did in 2018.
 * Both have the same leaves, the same pairs and the same rule of verification, so a contract accepts proofs of either;
 * their roots are equal for 2^k and 3 * 2^k leaves and differ for every other count.
 */
export type TreeShape = "complete" | "layered";

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

const WORD = 32;
const ADDRESS = 20;
export const DUPLICATES_SHOWN = 20;

/**
 * MerkleMine's tree over addresses, 20 bytes each: leaf = keccak256(address), leaves sorted, the two of a pair sorted
 * before they are hashed. A leaf hashes 20 bytes and a node 64, so no node can pass for a leaf.
 *
 * One flat array holds all nodes: 64 bytes for each address, and 8 more while sorting. The default shape is
 * OpenZeppelin's, whose tools and proofs are in use today; roots published in 2018 need `layered`.
 * @throws RangeError for an empty list, or a length that is not a multiple of 20
 */
export async function buildMerkleTree(addresses: Uint8Array, shape: TreeShape = "complete"): Promise<MerkleTree> {
  const count = addresses.length / ADDRESS;
  if (count === 0 || !Number.isInteger(count)) throw new RangeError(`${addresses.length} bytes are not a list of addresses`);
  const keccak = await createKeccakInto();
  const leaves = new Uint8Array(count * WORD);
  for (let index = 0; index < count; index++) keccak.hash(addresses, index * ADDRESS, ADDRESS, leaves, index * WORD);
  const order = orderWords(leaves, count);
  const { duplicates, duplicateCount } = findDuplicates(addresses, leaves, order);

  const layers = shape === "complete" ? [count] : layerSizes(count);
  const total = shape === "complete" ? 2 * count - 1 : layers.reduce((sum, size) => sum + size, 0);
  // The leaves are moved into their places word by word, which needs no object per leaf.
  const nodes = new Uint8Array(total * WORD);
  copyLeaves(leaves, order, nodes, shape === "complete");
  const locate = shape === "complete" ? buildComplete(keccak, nodes, count) : buildLayers(keccak, nodes, layers);
  const rootAt = shape === "complete" ? 0 : total - 1;
  const leafAt = (rank: number): number => (shape === "complete" ? total - 1 - rank : rank);

  return {
    shape,
    count,
    root: toHex(nodes.subarray(rootAt * WORD, rootAt * WORD + WORD)),
    duplicates,
    duplicateCount,
    proofOf: (address) => {
      const leaf = new Uint8Array(WORD);
      keccak.hash(parseAddressBytes(address), 0, ADDRESS, leaf, 0);
      const rank = findLeaf(leaf, nodes, count, leafAt);
      if (rank === undefined) return undefined;
      return toHex(Buffer.concat(locate(rank).map((node) => nodes.subarray(node * WORD, node * WORD + WORD))));
    },
  };
}

/** Whether a proof leads from an address to a root, by the rule of MerkleMine's contract. Never throws for bad bytes. */
export async function verifyMerkleProof(address: Hex, proof: Hex, root: Hex): Promise<boolean> {
  const bytes = Buffer.from(proof.slice(2), "hex");
  if (bytes.length % WORD !== 0 || bytes.length !== (proof.length - 2) / 2 || !/^0x[0-9a-f]{40}$/i.test(address)) return false;
  const keccak = await createKeccakInto();
  // The node reached so far, and the sibling after it: one buffer, as pairs are hashed.
  const pair = new Uint8Array(2 * WORD);
  keccak.hash(parseAddressBytes(address), 0, ADDRESS, pair, 0);
  for (let at = 0; at < bytes.length; at += WORD) {
    pair.set(bytes.subarray(at, at + WORD), WORD);
    hashPair(keccak, pair, 0, WORD, 0);
  }
  return toHex(pair.subarray(0, WORD)) === root.toLowerCase();
}

function findDuplicates(addresses: Uint8Array, leaves: Uint8Array, order: Uint32Array): { duplicates: Duplicate[]; duplicateCount: number } {
  const duplicates: Duplicate[] = [];
  let duplicateCount = 0;
  for (let rank = 0; rank < order.length; ) {
    const first = order[rank] ?? 0;
    let end = rank + 1;
    while (end < order.length && compareWords(leaves, first * WORD, leaves, (order[end] ?? 0) * WORD) === 0) end++;
    if (end > rank + 1) {
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

/** The array tree keeps its leaves from the end backwards, the layers begin with them. */
function copyLeaves(leaves: Uint8Array, order: Uint32Array, nodes: Uint8Array, backwards: boolean): void {
  const from = new Uint32Array(leaves.buffer);
  const to = new Uint32Array(nodes.buffer);
  const last = nodes.length / WORD - 1;
  for (let rank = 0; rank < order.length; rank++) {
    const source = (order[rank] ?? 0) * 8;
    const target = (backwards ? last - rank : rank) * 8;
    for (let word = 0; word < 8; word++) to[target + word] = from[source + word] ?? 0;
  }
}

/** Nodes on the way of a proof, from the rank of a leaf. */
type Siblings = (rank: number) => number[];

function buildComplete(keccak: KeccakInto, nodes: Uint8Array, count: number): Siblings {
  for (let node = count - 2; node >= 0; node--) hashPair(keccak, nodes, (2 * node + 1) * WORD, (2 * node + 2) * WORD, node * WORD);
  return (rank) => {
    const siblings: number[] = [];
    for (let node = 2 * count - 2 - rank; node > 0; node = (node - 1) >> 1) siblings.push(node % 2 === 0 ? node - 1 : node + 1);
    return siblings;
  };
}

function buildLayers(keccak: KeccakInto, nodes: Uint8Array, layers: readonly number[]): Siblings {
  let start = 0;
  for (const size of layers) {
    const above = start + size;
    for (let index = 0; index + 1 < size; index += 2) hashPair(keccak, nodes, (start + index) * WORD, (start + index + 1) * WORD, (above + index / 2) * WORD);
    if (size % 2 === 1 && size > 1) nodes.copyWithin((above + (size - 1) / 2) * WORD, (above - 1) * WORD, above * WORD);
    start = above;
  }
  return (rank) => {
    const siblings: number[] = [];
    let layerStart = 0;
    let index = rank;
    for (const size of layers) {
      const sibling = index ^ 1;
      if (sibling < size) siblings.push(layerStart + sibling);
      layerStart += size;
      index >>= 1;
    }
    return siblings;
  };
}

function layerSizes(count: number): number[] {
  const sizes = [count];
  for (let size = count; size > 1; ) sizes.push((size = Math.ceil(size / 2)));
  return sizes;
}

const scratch = new Uint8Array(2 * WORD);

/** Hashes two nodes of one array, the smaller first, into a third. */
function hashPair(keccak: KeccakInto, nodes: Uint8Array, left: number, right: number, into: number): void {
  const [first, second] = [left, right];
  const swap = compareWords(nodes, first, nodes, second) > 0;
  const low = swap ? second : first;
  const high = swap ? first : second;
  for (let byte = 0; byte < WORD; byte++) {
    scratch[byte] = nodes[low + byte] ?? 0;
    scratch[WORD + byte] = nodes[high + byte] ?? 0;
  }
  keccak.hash(scratch, 0, 2 * WORD, nodes, into);
}

function findLeaf(leaf: Uint8Array, nodes: Uint8Array, count: number, nodeOf: (rank: number) => number): number | undefined {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(nodes, nodeOf(middle) * WORD, leaf, 0) < 0) low = middle + 1;
    else high = middle;
  }
  return low < count && compareWords(nodes, nodeOf(low) * WORD, leaf, 0) === 0 ? low : undefined;
}

function parseAddressBytes(address: Hex): Uint8Array {
  const bytes = Buffer.from(address.slice(2), "hex");
  if (bytes.length !== ADDRESS) throw new RangeError("an address has 20 bytes");
  return bytes;
}

function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}
