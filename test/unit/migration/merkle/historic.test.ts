import { AbiCoder, keccak256, solidityPackedKeccak256, ZeroAddress } from "ethers";
import { describe, expect, it } from "vitest";
import type { LeafFormat } from "../../../../src/migration/merkle/leaf-format.ts";
import { buildLeafTree, leafOf, verifyLeaf } from "../../../../src/migration/merkle/leaf-tree.ts";
import { lip52, type EarningsRow } from "../../../../src/migration/merkle/lip-52.ts";
import { lip73, type StakeRow } from "../../../../src/migration/merkle/lip-73.ts";
import type { Hex } from "../../../../src/protocol/hex.ts";
import { layeredRoot } from "./rows.ts";

/** Different for every index, and cheap: there are thousands of them. */
const address = (index: number): Hex => `0x${(BigInt(index + 1) ** 17n).toString(16).padStart(40, "0").slice(-40)}`;
const amount = (index: number): bigint => BigInt(index + 1) ** 7n;
const earnings = (index: number): EarningsRow => ({ delegator: address(index), pendingStakeWei: amount(index), pendingFeesWei: amount(index % 11) });
const stake = (index: number): StakeRow => ({ delegator: address(index), delegate: index % 3 === 0 ? (ZeroAddress as Hex) : address(index % 7), stakeWei: amount(index), feesWei: amount(index % 11) });

const earningsLeaf = ({ delegator, pendingStakeWei, pendingFeesWei }: EarningsRow): string => keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256", "uint256"], [delegator, pendingStakeWei, pendingFeesWei]));
const stakeLeaf = ({ delegator, delegate, stakeWei, feesWei }: StakeRow): string => solidityPackedKeccak256(["address", "address", "uint256", "uint256"], [delegator, delegate, stakeWei, feesWei]);

async function compare<Row>(format: LeafFormat<Row>, make: (index: number) => Row, leaf: (row: Row) => string): Promise<void> {
  for (const count of [1, 2, 3, 4, 5, 6, 7, 11, 64, 65]) {
    const rows = Array.from({ length: count }, (_, index) => make(index));
    const tree = await buildLeafTree(format, rows);
    expect([count, tree.root]).toEqual([count, layeredRoot(rows.map(leaf))]);
    for (let index = 0; index < count; index += 1 + (count >> 3)) {
      const row = rows[index] as Row;
      expect(await verifyLeaf(format, { row, index: 0, proof: tree.proofAt(index), root: tree.root })).toBe(true);
      expect(tree.rowsOf(address(index))).toEqual([index]);
    }
  }
}

describe("the trees that Livepeer published", () => {
  it("of earnings (LIP-52) hash what abi.encode gives", () => compare(lip52, earnings, earningsLeaf));

  it("of stakes (LIP-73) hash what abi.encodePacked gives", () => compare(lip73, stake, stakeLeaf));

  it("have equal leaves once, and prove each of the rows by it", async () => {
    const rows = [0, 1, 2, 1, 3, 0, 1].map(stake);
    const tree = await buildLeafTree(lip73, rows);
    expect(tree.root).toBe(layeredRoot([0, 1, 2, 3].map((index) => stakeLeaf(stake(index)))));
    expect([tree.rowCount, tree.leafCount]).toEqual([7, 4]);
    expect(tree.rowsOf(address(1))).toEqual([1, 3, 6]);
    for (const [index, row] of rows.entries()) expect(await verifyLeaf(lip73, { row, index, proof: tree.proofAt(index), root: tree.root })).toBe(true);
  });

  it("of 4,759 leaves are proven by at most 13 siblings, as in 2022", async () => {
    const tree = await buildLeafTree(lip73, Array.from({ length: 4759 }, (_, index) => stake(index)));
    const lengths = Array.from({ length: 4759 }, (_, index) => tree.proofAt(index).length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([6, 13]);
    expect(lengths.filter((length) => length === 13)).toHaveLength(4096);
  });

  it("take a zero account with nothing, which the tree of 2022 has", async () => {
    const nobody: StakeRow = { delegator: ZeroAddress as Hex, delegate: ZeroAddress as Hex, stakeWei: 0n, feesWei: 0n };
    expect(`0x${Buffer.from(await leafOf(lip73, nobody, 0)).toString("hex")}`).toBe(keccak256(new Uint8Array(104)));
  });

  it("refuse amounts that a word does not hold", async () => {
    await expect(buildLeafTree(lip73, [{ ...stake(1), feesWei: -1n }])).rejects.toMatchObject({ code: "LPCTL_MERKLE_ROW_INVALID", details: { row: 0, format: "LIP-73" } });
    await expect(buildLeafTree(lip52, [{ ...earnings(1), pendingStakeWei: 1n << 256n }])).rejects.toMatchObject({ code: "LPCTL_MERKLE_ROW_INVALID" });
  });
});
