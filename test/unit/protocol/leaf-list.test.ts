import { expect, test } from "vitest";
import { createKeccakInto } from "../../../src/protocol/keccak-into.ts";
import { buildHashTree, type TreeRules } from "../../../src/protocol/merkle/hash-tree.ts";
import { LeafList } from "../../../src/protocol/merkle/leaf-list.ts";

/** More than a short list, and more than its memory begins with. */
const MANY = 40_000;

function listOf(count: number, leafOf: (index: number) => number): LeafList {
  const list = new LeafList();
  for (let index = 0; index < count; index++) list.add((target, at) => new DataView(target.buffer, target.byteOffset).setUint32(at, leafOf(index)));
  return list;
}

test("a list that grew has all its leaves, zeros behind them, and is empty once they were taken", () => {
  const list = listOf(MANY, (index) => index + 1);
  const words = list.takeWithRoom(2 * MANY);
  const view = new DataView(words.buffer, words.byteOffset);
  expect(words).toHaveLength(64 * MANY);
  expect(Array.from({ length: MANY }, (_, index) => view.getUint32(32 * index)).findIndex((leaf, index) => leaf !== index + 1)).toBe(-1);
  expect(words.subarray(32 * MANY).every((byte) => byte === 0)).toBe(true);
  expect(list.count).toBe(0);
  list.add((target, at) => target.fill(7, at, at + 32));
  expect([...list.takeWithRoom(1)]).toEqual(Array.from({ length: 32 }, () => 7));
});

test("a tree has every leaf in its place, whatever the count, shape and order", async () => {
  const keccak = await createKeccakInto();
  const rules: TreeRules[] = (["complete", "layered"] as const).flatMap((shape) => (["given", "sorted", "distinct"] as const).map((order) => ({ shape, order })));
  for (const count of [1, 2, 3, 6, 7, 100, 4_097, 9_000]) {
    // A third of them twice.
    const leafOf = (index: number): number => (index % Math.ceil((2 * count) / 3)) * 2_654_435_761;
    for (const rule of rules) {
      const { nodes, nodeOf, ranks, order, leafCount } = buildHashTree(keccak, listOf(count, leafOf), rule);
      const leafAt = (rank: number): number => new DataView(nodes.buffer, nodes.byteOffset).getUint32(32 * nodeOf(rank));
      expect(Array.from(ranks).findIndex((rank, index) => leafAt(rank) !== leafOf(index) >>> 0), `${rule.shape} ${rule.order} ${count}`).toBe(-1);
      const leaves = Array.from(order, (_, rank) => leafAt(rank));
      if (rule.order !== "given") expect(leaves.findIndex((leaf, rank) => leaf < (leaves[rank - 1] ?? 0))).toBe(-1);
      if (rule.order === "distinct") expect(new Set(leaves).size).toBe(leafCount);
    }
  }
});
