import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { describe, expect, it } from "vitest";
import { buildLeafTree } from "../../../../src/migration/merkle/leaf-tree.ts";
import { formatStandardFile, parseStandardFile } from "../../../../src/migration/merkle/standard-file.ts";
import { standardFormat } from "../../../../src/migration/merkle/standard.ts";
import { account, digest } from "./rows.ts";

const TYPES = ["address", "uint256", "bytes32", "bool"];
const format = standardFormat(TYPES);
const rows = Array.from({ length: 700 }, (_, index) => [account(`a${index}`), String(index * 3), digest(`b${index}`), index % 2 === 0]);
const few = rows.slice(0, 9);
const theirText = (sortLeaves: boolean): string => JSON.stringify(StandardMerkleTree.of(few, TYPES, { sortLeaves }).dump());

async function fileOf(list: typeof rows): Promise<string> {
  return [...formatStandardFile(format, await buildLeafTree(format, list), list)].join("");
}

describe("the file of a standard tree", () => {
  it("is what OpenZeppelin's dump gives, to the letter", async () => {
    expect(await fileOf(few)).toBe(theirText(true));
  });

  it("is loaded by OpenZeppelin's tools, also when its numbers were bigints", async () => {
    const numbers = few.map(([address, amount, ...rest]) => [address as string, BigInt(amount as string), ...rest]);
    const text = [...formatStandardFile(format, await buildLeafTree(format, numbers), numbers)].join("");
    expect(text).toBe(theirText(true));
    expect(StandardMerkleTree.load(JSON.parse(text) as Parameters<typeof StandardMerkleTree.load>[0]).root).toBe((await buildLeafTree(format, few)).root);
  });

  it("comes in pieces, which together are read as they were written", async () => {
    const tree = await buildLeafTree(format, rows);
    const pieces = [...formatStandardFile(format, tree, rows)];
    expect(pieces.length).toBeGreaterThan(2);
    const file = await parseStandardFile(pieces.join(""));
    expect(file.rows).toEqual(rows);
    expect([file.tree.root, file.tree.proofAt(612)]).toEqual([tree.root, tree.proofAt(612)]);
    expect(file.tree.rowsOf(account("a612"))).toEqual([612]);
  });

  it("is read with leaves as they were given too", async () => {
    const theirs = StandardMerkleTree.of(few, TYPES, { sortLeaves: false });
    const { tree } = await parseStandardFile(theirText(false));
    expect(tree.root).toBe(theirs.root);
    for (const row of few.keys()) expect(tree.proofAt(row)).toEqual(theirs.getProof(row));
  });

  it("is refused when anything in it was changed, saying what", async () => {
    const text = await fileOf(few);
    const { tree } = JSON.parse(text) as { tree: string[] };
    const refusals: [string, string][] = [
      [text.slice(0, -1), "It is not JSON"],
      ["{}", "format"],
      [text.replace("standard-v1", "simple-v1"), "format"],
      [text.replace(tree[0] ?? "", digest("root")), "Its node 0 is"],
      [text.replace(tree[12] ?? "", digest("leaf")), "Its node 12 is"],
      [text.replace('"24"', '"25"'), "and what its rows come to is"],
      [text.replace(`"${tree[0]}",`, ""), "It has 16 nodes, and a tree of 9 rows has 17."],
      [text.replace(/"treeIndex":\d+/, '"treeIndex":2'), "Row 0 is said to be node 2, and is not."],
    ];
    for (const [edited, why] of refusals) {
      expect(edited).not.toBe(text);
      await expect(parseStandardFile(edited)).rejects.toMatchObject({ code: "LPCTL_MERKLE_FILE_INVALID", why: expect.stringContaining(why) as string });
    }
    await expect(parseStandardFile(text.replace('"bytes32"', '"string"'))).rejects.toMatchObject({ code: "LPCTL_MERKLE_TYPE_UNKNOWN" });
  });

  it("is not written for other rows than the tree's", async () => {
    const tree = await buildLeafTree(format, few);
    expect(() => [...formatStandardFile(format, tree, few.slice(1))]).toThrow(RangeError);
  });
});
