import { ScriptChain } from "../migration/script/script-chain.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Stage } from "./stage.ts";

const CLAIMS = "contracts/migration/SnapshotClaims.sol:SnapshotClaims";

export interface ClaimsTerms {
  snapshotId: Hex;
  reviewSeconds: bigint;
  claimSeconds: bigint;
  remainderTo: Address;
}

/** Where the migration `merkle-claims` will deploy its contract: the tree has to know before. */
export async function foretellClaims({ project }: Stage, { snapshotId, reviewSeconds, claimSeconds, remainderTo }: ClaimsTerms): Promise<Address> {
  const chain = new ScriptChain(project, remainderTo, nothing);
  const { address } = await chain.deployment(CLAIMS, [chain.controller, snapshotId, reviewSeconds, claimSeconds, remainderTo]);
  return address;
}

/** The constants of `merkle-claims` for these terms and this file of claims. */
export function claimsConstants({ snapshotId, reviewSeconds, claimSeconds, remainderTo }: ClaimsTerms, file: string): Record<string, string> {
  return {
    SNAPSHOT_ID: JSON.stringify(snapshotId),
    FILE: JSON.stringify(file),
    REVIEW_SECONDS: `${reviewSeconds}n`,
    CLAIM_SECONDS: `${claimSeconds}n`,
    REMAINDER_TO: JSON.stringify(remainderTo),
  };
}

async function* nothing(): AsyncIterable<never> {}
