import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { AbiCoder, keccak256 } from "ethers";
import { expect, test } from "vitest";
import { claimFormat, type ClaimDomain } from "../../../../src/migration/merkle/claim.ts";
import { buildLeafTree, leafOf, verifyLeaf } from "../../../../src/migration/merkle/leaf-tree.ts";
import { account, digest } from "./rows.ts";

const domain: ClaimDomain = { chainId: 42161n, claimContract: account("claims"), snapshotId: digest("snapshot") };
const PAYLOAD = ["address", "uint256"];
const format = claimFormat(domain, PAYLOAD);
const rows = Array.from({ length: 40 }, (_, index) => [account(`a${index % 39}`), account(`t${index % 5}`), BigInt(index) * 10n ** 18n]);

test("a claim's leaf is the double hash of where it is valid, which it is, and what it gives", async () => {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["uint256", "address", "bytes32", "uint256", "address", "address", "uint256"],
    [42161n, domain.claimContract, domain.snapshotId, 7n, ...(rows[7] ?? [])],
  );
  expect(`0x${Buffer.from(await leafOf(format, rows[7] ?? [], 7)).toString("hex")}`).toBe(keccak256(keccak256(encoded)));
});

test("OpenZeppelin's tree over the whole leaves is the same tree", async () => {
  const theirs = StandardMerkleTree.of(rows.map((row, index) => [...format.leafOf(row, index)]), [...format.types]);
  const ours = await buildLeafTree(format, rows);
  expect(ours.root).toBe(theirs.root);
  for (const row of rows.keys()) expect(ours.proofAt(row)).toEqual(theirs.getProof(row));
});

test("an account is found by its own column, not by the claim contract's", async () => {
  const tree = await buildLeafTree(format, rows);
  expect(tree.rowsOf(account("a0"))).toEqual([0, 39]);
  expect(tree.rowsOf(domain.claimContract)).toEqual([]);
  expect(tree.rowsOf(account("t0"))).toEqual([]);
});

test("a claim is worth nothing on another chain, in another contract or snapshot, or as another index", async () => {
  const { root, proofAt } = await buildLeafTree(format, rows);
  const claim = { row: rows[3] ?? [], index: 3, proof: proofAt(3), root };
  expect(await verifyLeaf(format, claim)).toBe(true);
  expect(await verifyLeaf(format, { ...claim, index: 4 })).toBe(false);
  for (const other of [{ chainId: 1n }, { claimContract: account("other") }, { snapshotId: digest("other") }]) expect(await verifyLeaf(claimFormat({ ...domain, ...other }, PAYLOAD), claim)).toBe(false);
});
