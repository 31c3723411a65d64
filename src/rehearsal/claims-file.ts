import { writeFile } from "node:fs/promises";
import { claimFormat, type ClaimDomain } from "../migration/merkle/claim.ts";
import { buildLeafTree, type LeafTree } from "../migration/merkle/leaf-tree.ts";
import { formatStandardFile } from "../migration/merkle/standard-file.ts";
import type { StandardRow } from "../migration/merkle/standard.ts";
import type { Address } from "../protocol/hex.ts";

/** What an account brings: stake and tokens in units of 1e-18 LPT, fees in wei. */
export interface ClaimRow {
  account: Address;
  delegate: Address;
  stakeWei: bigint;
  tokensWei: bigint;
  feesWei: bigint;
}

/** As `SnapshotClaims` hashes them after chain, contract, snapshot and place: account, delegate, stake, tokens, fees. */
const PAYLOAD = ["address", "uint256", "uint256", "uint256"];

/** Writes the tree of all claims as the file that people publish and review. */
export async function writeClaims(path: string, domain: ClaimDomain, claims: readonly ClaimRow[]): Promise<LeafTree<StandardRow>> {
  const format = claimFormat(domain, PAYLOAD);
  const rows = claims.map(({ account, delegate, stakeWei, tokensWei, feesWei }): StandardRow => [account, delegate, stakeWei, tokensWei, feesWei]);
  const tree = await buildLeafTree(format, rows);
  const leaves = rows.map((row, index) => format.leafOf(row, index));
  await writeFile(path, [...formatStandardFile(format, tree, leaves)].join(""));
  return tree;
}
