import type { Turn } from "./actor.ts";
import { tryReading } from "./try-reading.ts";
import { uintOf } from "./values.ts";

export interface Claim {
  jobId: bigint;
  claimId: bigint;
  /** First and last segment, both included. */
  first: bigint;
  last: bigint;
  claimBlock: bigint;
  /** From here on a missed verification can be punished … */
  endVerificationBlock: bigint;
  /** … and from here on the claim can be paid. */
  endVerificationSlashingBlock: bigint;
  status: "pending" | "slashed" | "complete";
}

const CLAIM =
  "function getClaim(uint256 jobId, uint256 claimId) view returns (uint256 first, uint256 last, bytes32 claimRoot, uint256 claimBlock, uint256 endVerificationBlock, uint256 endVerificationSlashingBlock, uint8 status)";
const STATUS = ["pending", "slashed", "complete"] as const;

/** A claim as it stands; undefined when the JobsManager knows no such claim. */
export async function readClaim(turn: Turn, jobId: bigint, claimId: bigint): Promise<Claim | undefined> {
  const read = await tryReading(turn.read(turn.contract("JobsManager"), CLAIM, [jobId, claimId]));
  if (read === undefined) return undefined;
  return {
    jobId,
    claimId,
    first: uintOf(read, "first"),
    last: uintOf(read, "last"),
    claimBlock: uintOf(read, "claimBlock"),
    endVerificationBlock: uintOf(read, "endVerificationBlock"),
    endVerificationSlashingBlock: uintOf(read, "endVerificationSlashingBlock"),
    status: STATUS[Number(uintOf(read, "status"))] ?? "complete",
  };
}

/** How far back the hash of a block is known to contracts. */
export const KNOWN_HASHES_BLOCKS = 256n;
