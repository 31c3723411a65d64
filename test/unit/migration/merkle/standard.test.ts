import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../../../src/protocol/hex.ts";
import { buildLeafTree, verifyLeaf } from "../../../../src/migration/merkle/leaf-tree.ts";
import type { StaticValue } from "../../../../src/migration/merkle/message.ts";
import { standardFormat } from "../../../../src/migration/merkle/standard.ts";
import { account, digest } from "./rows.ts";

const TYPES = ["address", "uint256", "uint256"];
const rowsOf = (count: number): StaticValue[][] => Array.from({ length: count }, (_, index) => [account(`a${index}`), BigInt(index) ** 9n, BigInt(digest(`b${index}`))]);

/** One value of any type that a leaf may have, as text, which both take. */
const anyColumn = fc.oneof(
  fc.record({ type: fc.constant("address"), value: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex) }),
  fc.record({ type: fc.constant("bool"), value: fc.boolean() }),
  fc.integer({ min: 1, max: 32 }).chain((size) => fc.record({ type: fc.constant(`bytes${size}`), value: fc.uint8Array({ minLength: size, maxLength: size }).map(toHex) })),
  fc.integer({ min: 1, max: 32 }).chain((size) => fc.record({ type: fc.constant(`uint${8 * size}`), value: fc.bigInt({ min: 0n, max: (1n << BigInt(8 * size)) - 1n }) })),
  fc.integer({ min: 1, max: 32 }).chain((size) => fc.record({ type: fc.constant(`int${8 * size}`), value: fc.bigInt({ min: -(1n << BigInt(8 * size - 1)), max: (1n << BigInt(8 * size - 1)) - 1n }) })),
  fc.record({ type: fc.constantFrom("uint", "int"), value: fc.nat().map(String) }),
);

function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

describe("a standard tree", () => {
  it("has OpenZeppelin's root, and its proof of every row, for any number of rows", async () => {
    for (const count of [...Array.from({ length: 20 }, (_, index) => index + 1), 33, 128, 129, 300]) {
      const rows = rowsOf(count);
      const theirs = StandardMerkleTree.of(rows, TYPES);
      const ours = await buildLeafTree(standardFormat(TYPES), rows);
      expect([count, ours.root]).toEqual([count, theirs.root]);
      for (let row = 0; row < count; row += 1 + (count >> 4)) expect(ours.proofAt(row)).toEqual(theirs.getProof(row));
    }
  });

  it("has OpenZeppelin's leaf for any elementary types and values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyColumn, { minLength: 1, maxLength: 6 }), async (columns) => {
        const [types, row] = [columns.map(({ type }) => type), columns.map(({ value }) => value)];
        expect((await buildLeafTree(standardFormat(types), [row])).root).toBe(StandardMerkleTree.of([row], types).root);
      }),
      { numRuns: 100 },
    );
  });

  it("proves equal rows each in its place, as OpenZeppelin does", async () => {
    const [a, b, c] = rowsOf(3) as [StaticValue[], StaticValue[], StaticValue[]];
    const rows = [a, b, a, c, a, b, c];
    const theirs = StandardMerkleTree.of(rows, TYPES);
    const ours = await buildLeafTree(standardFormat(TYPES), rows);
    expect(ours.root).toBe(theirs.root);
    expect(ours.leafCount).toBe(7);
    for (const row of rows.keys()) expect(ours.proofAt(row)).toEqual(theirs.getProof(row));
  });

  it("takes rows as they come, and addresses as bytes", async () => {
    const rows = rowsOf(50);
    async function* stream(): AsyncGenerator<StaticValue[]> {
      for (const [address, ...rest] of rows) yield [new Uint8Array(Buffer.from(String(address).slice(2), "hex")), ...rest];
    }
    expect((await buildLeafTree(standardFormat(TYPES), stream())).root).toBe((await buildLeafTree(standardFormat(TYPES), rows)).root);
  });

  it("finds the rows of an account among others that begin alike", async () => {
    const near = (end: string): Hex => `0x00000000${"0".repeat(30)}${end}`;
    const rows = [near("01"), near("02"), near("01"), account("x"), `0xff${near("01").slice(4)}` as const].map((address) => [address, 1n, 2n]);
    const tree = await buildLeafTree(standardFormat(TYPES), rows);
    expect(tree.rowsOf(near("01"))).toEqual([0, 2]);
    expect(tree.rowsOf(near("03"))).toEqual([]);
    expect(tree.rowsOf(account("x").toUpperCase().replace("0X", "0x") as Hex)).toEqual([3]);
    expect(tree.rowsOf("0x12")).toEqual([]);
  });

  it("believes the proof of a row, and of no other row, root or bytes", async () => {
    const format = standardFormat(TYPES);
    const rows = rowsOf(21);
    const { root, proofAt } = await buildLeafTree(format, rows);
    const claim = { row: rows[7] ?? [], index: 7, proof: proofAt(7), root };
    expect(await verifyLeaf(format, claim)).toBe(true);
    expect(await verifyLeaf(format, { ...claim, proof: `0x${proofAt(7).map((word) => word.slice(2)).join("")}` })).toBe(true);
    expect(await verifyLeaf(format, { ...claim, row: rows[8] ?? [] })).toBe(false);
    expect(await verifyLeaf(format, { ...claim, root: digest("other") })).toBe(false);
    for (const proof of [[], proofAt(7).slice(1), [...proofAt(7), root], ["0x00"], ["0xzz"], "proof", `0x${"zz".repeat(32)}`, [`0x${"0z".repeat(32)}`]]) expect(await verifyLeaf(format, { ...claim, proof })).toBe(false);
  });

  it("names the row that cannot be a leaf, and why", async () => {
    const [good] = rowsOf(1) as [StaticValue[]];
    const bad: [StaticValue[], string][] = [
      [["0x12", 1n, 1n], '"0x12" is not an address'],
      [[new Uint8Array(19), 1n, 1n], "19 bytes are not an address"],
      [[`0x${"g".repeat(40)}`, 1n, 1n], "is not an address"],
      [[account("a"), -1n, 1n], "-1 does not fit into uint256"],
      [[account("a"), 1n << 256n, 1n], "does not fit into uint256"],
      [[account("a"), 0.5, 1n], '"0.5" is not a whole number'],
      [[account("a"), "", 1n], '"" is not a whole number'],
      [[account("a"), "1 \u001b[31m", 1n], '"1 ␛([31m)" is not a whole number'],
      [[account("a"), 1n], "it has 2 values, and there are 3 types"],
    ];
    for (const [row, why] of bad) {
      await expect(buildLeafTree(standardFormat(TYPES), [good, row])).rejects.toMatchObject({ code: "LPCTL_MERKLE_ROW_INVALID", details: { row: 1 }, why: expect.stringContaining(why) as string });
    }
    await expect(buildLeafTree(standardFormat(["bool"]), [["yes"]])).rejects.toMatchObject({ why: expect.stringContaining('"yes" is neither true nor false') as string });
    await expect(buildLeafTree(standardFormat(["int8"]), [[128]])).rejects.toMatchObject({ why: expect.stringContaining("128 does not fit into int8") as string });
    await expect(buildLeafTree(standardFormat(TYPES), [])).rejects.toMatchObject({ code: "LPCTL_MERKLE_EMPTY" });
  });

  it("refuses types that are not one word", () => {
    for (const type of ["bytes", "string", "uint8[]", "uint7", "uint264", "bytes0", "bytes33", "(uint256)", "uint08", "", "Address"]) {
      expect(() => standardFormat(["address", type]), type).toThrow(expect.objectContaining({ code: "LPCTL_MERKLE_TYPE_UNKNOWN" }) as Error);
    }
  });
});
