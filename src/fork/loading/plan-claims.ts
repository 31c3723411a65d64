import { findArtifact } from "../../genesis/find-artifact.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import { encodeDeployment } from "../../solidity/encode-deployment.ts";
import type { LeftStake } from "../leave-stake.ts";
import type { Moved } from "../remap-addresses.ts";
import type { ForkTransactions } from "../fork-transactions.ts";
import { ClaimTree, type ClaimRow } from "./claims-file.ts";
import { ofClaimants } from "./claims-departure.ts";
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
  /** Of all who left. */
  left: readonly LeftStake[];
  /** Where delegates are on the fork. */
  moved: Moved;
  terms: ClaimsTerms | undefined;
  artifacts: readonly Artifact[];
  chainId: bigint;
  snapshotId: Hex | undefined;
  controller: Address;
}

/** Four new words, the Controller's answer, and an event. */
const STAGE_GAS = 120_400n;
/** A transfer to a contract that does nothing with it. */
const FUND_GAS = 21_055n;
/** One word, and the hashes that signatures are bound with. */
const CONSTRUCTOR_GAS = 26_000n;

/** Plans the contract, whose address is a part of every leaf. Undefined where nobody has anything to claim. */
export async function planClaims(list: ForkTransactions, tail: Tail, { left, moved, terms, artifacts, chainId, snapshotId, controller }: Claimed): Promise<PlannedClaims | undefined> {
  if (tail.rows.length === 0 || terms === undefined) return undefined;
  if (snapshotId === undefined) throw new TypeError("claims are of a snapshot");
  const rows = ofClaimants(left, tail.rows).map(({ account, delegate, stakeWei, feesWei }): ClaimRow => ({ account, delegate: moved.get(delegate) ?? delegate, stakeWei, tokensWei: 0n, feesWei }));
  const artifact = findArtifact(artifacts, CLAIMS);
  const data = encodeDeployment(artifact, [controller, snapshotId, terms.reviewSeconds, terms.openSeconds, terms.remainderTo]);
  const claims = list.deploy(`load:deploy:${CLAIMS}`, `deploy ${CLAIMS}`, data, deploymentGas(data, artifact, CONSTRUCTOR_GAS));
  return { method: "claims", tail, claims, snapshotId, terms, tree: await ClaimTree.build({ chainId, claimContract: claims, snapshotId }, rows) };
}

/** Pays the fees in, and puts the tree up for review: the last that the deployer does as the owner of the Controller. */
export function planStaging(list: ForkTransactions, { claims, tree: { root, tokensWei, feesWei } }: PlannedClaims): void {
  if (feesWei > 0n) list.send("claims:fund", "pay what can be claimed as fees", claims, "0x", { kind: "claimsFunded", of: claims, atLeastWei: feesWei, root }, { gas: FUND_GAS, valueWei: feesWei });
  list.call("claims:stage", claims, "function stage(bytes32 newRoot, uint256 tokens, uint256 fees)", [root, tokensWei, feesWei], { kind: "claimsStaged", of: claims, root }, { gas: STAGE_GAS });
}
