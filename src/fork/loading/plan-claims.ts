import { findArtifact } from "../../genesis/find-artifact.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import { encodeDeployment } from "../../solidity/encode-deployment.ts";
import type { ForkTransactions } from "../fork-transactions.ts";
import { ClaimTree, type ClaimRow } from "./claims-file.ts";
import { deploymentGas } from "./loading-gas.ts";
import type { ClaimsTerms, Tail } from "./tail.ts";

/** The contract that accounts claim from. */
export const CLAIMS = "SnapshotClaims";

/** What accounts can claim on a fork, and the contract that keeps it. */
export interface PlannedClaims {
  method: "claims";
  /** As the snapshot has them. */
  tail: Tail;
  claims: Address;
  snapshotId: Hex;
  terms: ClaimsTerms;
  tree: ClaimTree;
}

interface Claimed {
  tail: Tail;
  rows: readonly ClaimRow[];
  terms: ClaimsTerms;
  artifacts: readonly Artifact[];
  chainId: bigint;
  snapshotId: Hex;
  controller: Address;
}

/** Four new words, the Controller's answer, and an event. */
const STAGE_GAS = 123_000n;
/** A transfer to a contract that does nothing with it. */
const FUND_GAS = 21_100n;

/** Plans the contract. Its address is a part of every leaf. */
export async function planClaims(list: ForkTransactions, { tail, rows, terms, artifacts, chainId, snapshotId, controller }: Claimed): Promise<PlannedClaims> {
  const artifact = findArtifact(artifacts, CLAIMS);
  const data = encodeDeployment(artifact, [controller, snapshotId, terms.reviewSeconds, terms.openSeconds, terms.remainderTo]);
  const claims = list.deploy(`load:deploy:${CLAIMS}`, `deploy ${CLAIMS}`, data, deploymentGas(data, artifact));
  return { method: "claims", tail, claims, snapshotId, terms, tree: await ClaimTree.build({ chainId, claimContract: claims, snapshotId }, rows) };
}

/** Pays the fees in, and puts the tree up for review: the last that the deployer does as the owner of the Controller. */
export function planStaging(list: ForkTransactions, { claims, tree: { root, tokensWei, feesWei } }: PlannedClaims): void {
  if (feesWei > 0n) list.send(`claims:fund`, `pay what can be claimed as fees`, claims, "0x", { kind: "balance", of: claims, atLeastWei: feesWei }, { gas: FUND_GAS, valueWei: feesWei });
  list.call("claims:stage", claims, "function stage(bytes32 newRoot, uint256 tokens, uint256 fees)", [root, tokensWei, feesWei], { kind: "claimsStaged", of: claims, root }, { gas: STAGE_GAS });
}
