import type { Hex } from "../hex.ts";
import type { KeccakInto } from "../keccak-into.ts";
import { orderWords } from "../order-words.ts";
import type { LeafList } from "./leaf-list.ts";
import { compareWords, hashPair, toHex, WORD, wordAt } from "./words.ts";

/**
 * `complete`: a complete binary tree in an array, as OpenZeppelin's merkle-tree builds it.
 * `layered`: pairs layer by layer, an odd node at the end of a layer is promoted, as clients of 2018 to 2022 did.
 * Both have the same leaves, the same pairs and the same rule of verification, so a contract accepts proofs of either;
 * their roots are equal for 2^k and 3 * 2^k leaves and differ for every other count.
 */
export type TreeShape = "complete" | "layered";

/** Leaves as they were `given`, `sorted` by their bytes, or sorted and each of them once (`distinct`). */
export type LeafOrder = "given" | "sorted" | "distinct";

export interface TreeRules {
  shape: TreeShape;
  order: LeafOrder;
}

export interface HashTree {
  rules: TreeRules;
  root: Hex;
  /** Leaves in the tree. */
  leafCount: number;
  /** All nodes, 32 bytes each: of a complete tree the root first, of a layered one last. */
  nodes: Uint8Array;
  /** Where the leaf of a rank is among the nodes. Ranks count the leaves in the order of the tree. */
  nodeOf(rank: number): number;
  /** From rank to the position in the list that was given; of equal leaves that are there once, the first. */
  order: Uint32Array;
  /** From the position in the list that was given to the rank. */
  ranks: Uint32Array;
  /** Rank of a leaf, its first where there are several. Only a tree that is not as given can be searched. */
  rankOf(leaf: Uint8Array): number | undefined;
  /** Siblings from the leaf up, 32 bytes each: views of the nodes. */
  siblingsOf(rank: number): Uint8Array[];
}

/**
 * Builds a tree in which the two of a pair are sorted before they are hashed. The list becomes the one flat array of all
 * nodes, and is empty afterwards: 64 bytes for each leaf, and 8 for its places; 8 more while sorting.
 * @throws RangeError for an empty list
 */
export function buildHashTree(keccak: KeccakInto, leaves: LeafList, rules: TreeRules): HashTree {
  const given = leaves.count;
  if (given === 0) throw new RangeError("a tree has leaves");
  const room = formOf(rules.shape, given).total;
  const words = leaves.takeWithRoom(room);
  const { order, ranks } = placeLeaves(words, given, rules.order);
  const leafCount = order.length;
  const form = formOf(rules.shape, leafCount);
  const nodes = words.subarray(0, form.total * WORD);
  if (form.backwards) {
    // From the end downwards: no place is written before the leaf there, if any, was the last to be read.
    moveWords(words, order, (rank) => room - 1 - rank, 0);
    words.copyWithin(form.firstLeaf * WORD, (room - leafCount) * WORD, room * WORD);
  } else if (rules.order !== "given") {
    const aside = room - given;
    words.copyWithin(aside * WORD, 0, given * WORD);
    moveWords(words, order, (rank) => rank, aside);
  }
  form.fill(keccak, nodes);
  const { nodeOf, siblingsOf } = form;
  return {
    rules,
    root: toHex(wordAt(nodes, form.root)),
    leafCount,
    nodes,
    nodeOf,
    order,
    ranks,
    rankOf: (leaf) => (rules.order === "given" ? undefined : findLeaf(leaf, nodes, leafCount, nodeOf)),
    siblingsOf: (rank) => siblingsOf(rank).map((node) => wordAt(nodes, node)),
  };
}

/** A word as numbers of 32 bits: for so few, one by one is faster than to make two views. */
const NUMBERS = WORD / 4;

/** Copies leaves to their places, rank by rank; the leaf of a position is `base` words further. */
function moveWords(words: Uint8Array, order: Uint32Array, placeOf: (rank: number) => number, base: number): void {
  const numbers = new Uint32Array(words.buffer, words.byteOffset, words.length / 4);
  for (let rank = 0; rank < order.length; rank++) {
    const from = (base + (order[rank] ?? 0)) * NUMBERS;
    const to = placeOf(rank) * NUMBERS;
    for (let number = 0; number < NUMBERS; number++) numbers[to + number] = numbers[from + number] ?? 0;
  }
}

function placeLeaves(words: Uint8Array, count: number, rule: LeafOrder): { order: Uint32Array; ranks: Uint32Array } {
  if (rule === "given") {
    const same = Uint32Array.from({ length: count }, (_, index) => index);
    return { order: same, ranks: same };
  }
  const order = orderWords(words, count);
  const ranks = new Uint32Array(count);
  let rank = 0;
  for (let index = 0; index < count; index++) {
    const position = order[index] ?? 0;
    const isAgain = index > 0 && rule === "distinct" && compareWords(words, position * WORD, words, (order[rank - 1] ?? 0) * WORD) === 0;
    if (!isAgain) order[rank++] = position;
    ranks[position] = rank - 1;
  }
  return { order: rank === count ? order : order.slice(0, rank), ranks };
}

/** How the nodes of a tree lie in their array. Everything counts in nodes. */
interface Form {
  total: number;
  root: number;
  firstLeaf: number;
  /** Whether the leaves lie from the end backwards. */
  backwards: boolean;
  nodeOf(rank: number): number;
  siblingsOf(rank: number): number[];
  /** Hashes all nodes above the leaves. */
  fill(keccak: KeccakInto, nodes: Uint8Array): void;
}

function formOf(shape: TreeShape, count: number): Form {
  return shape === "complete" ? completeForm(count) : layeredForm(count);
}

function completeForm(count: number): Form {
  return {
    total: 2 * count - 1,
    root: 0,
    firstLeaf: count - 1,
    backwards: true,
    nodeOf: (rank) => 2 * count - 2 - rank,
    siblingsOf: (rank) => {
      const siblings: number[] = [];
      for (let node = 2 * count - 2 - rank; node > 0; node = (node - 1) >> 1) siblings.push(node % 2 === 0 ? node - 1 : node + 1);
      return siblings;
    },
    fill: (keccak, nodes) => {
      for (let node = count - 2; node >= 0; node--) hashPair(keccak, nodes, (2 * node + 1) * WORD, node * WORD);
    },
  };
}

function layeredForm(count: number): Form {
  const layers = [count];
  for (let size = count; size > 1; ) layers.push((size = Math.ceil(size / 2)));
  const total = layers.reduce((sum, size) => sum + size, 0);
  return {
    total,
    root: total - 1,
    firstLeaf: 0,
    backwards: false,
    nodeOf: (rank) => rank,
    siblingsOf: (rank) => {
      const siblings: number[] = [];
      let start = 0;
      let index = rank;
      for (const size of layers) {
        if ((index ^ 1) < size) siblings.push(start + (index ^ 1));
        start += size;
        index >>= 1;
      }
      return siblings;
    },
    fill: (keccak, nodes) => {
      let start = 0;
      for (const size of layers) {
        const above = start + size;
        for (let index = 0; index + 1 < size; index += 2) hashPair(keccak, nodes, (start + index) * WORD, (above + index / 2) * WORD);
        if (size % 2 === 1 && size > 1) nodes.copyWithin((above + (size - 1) / 2) * WORD, (above - 1) * WORD, above * WORD);
        start = above;
      }
    },
  };
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
