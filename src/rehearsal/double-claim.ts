import { readFunction } from "../chain/read-function.ts";
import { readLogs } from "../chain/logs.ts";
import { transactionInput } from "./transaction-input.ts";
import { decodeKnownCall, decodeKnownEvent } from "../protocol/decode-known.ts";
import { addressOf, uintOf } from "../node/actors/values.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { addressIn, type Stage } from "./stage.ts";

export const DOUBLE_CLAIM_SLASH = "function doubleClaimSegmentSlash(uint256 jobId, uint256 claimId1, uint256 claimId2, uint256 segmentNumber)";
const GET_CLAIM =
  "function getClaim(uint256 jobId, uint256 claimId) view returns (uint256 first, uint256 last, bytes32 claimRoot, uint256 claimBlock, uint256 endVerificationBlock, uint256 endVerificationSlashingBlock, uint8 status)";
const PENDING = 0n;

export interface PendingClaim {
  transcoder: Address;
  jobId: bigint;
  claimId: bigint;
  segment: bigint;
}

/** The newest claim of honest work that is not settled; undefined while there is none. */
export async function findPendingClaim(stage: Stage): Promise<PendingClaim | undefined> {
  const jobsManager = addressIn(stage, "JobsManager");
  const logs = await readLogs(stage.project.rpc, { address: jobsManager, fromBlock: 0n, toBlock: "latest" });
  for (const log of logs.toReversed()) {
    const event = decodeKnownEvent(log);
    if (event?.name !== "NewClaim") continue;
    const [jobId, claimId] = [uintOf(event.values, "jobId"), uintOf(event.values, "claimId")];
    const claim = await readFunction(stage.project.rpc, jobsManager, GET_CLAIM, [jobId, claimId]);
    if (uintOf(claim, "status") === PENDING) return { transcoder: addressOf(event.values, "transcoder"), jobId, claimId, segment: uintOf(claim, "first") };
  }
  return undefined;
}

export interface SlashForNothing {
  transaction: Hex;
  block: bigint;
  transcoder: Address;
  finder: Address;
  penaltyWei: bigint;
  finderRewardWei: bigint;
}

/** Every slash for a double claim whose two claims are one and the same: what a watchman looks for in the chain. */
export async function findSlashesForNothing(stage: Stage): Promise<SlashForNothing[]> {
  const { rpc } = stage.project;
  const logs = await readLogs(rpc, { address: addressIn(stage, "BondingManager"), fromBlock: 0n, toBlock: "latest" });
  const found: SlashForNothing[] = [];
  for (const log of logs) {
    const event = decodeKnownEvent(log);
    if (event?.name !== "TranscoderSlashed") continue;
    const call = decodeKnownCall(await transactionInput(rpc, log.transactionHash));
    if (call?.name !== "doubleClaimSegmentSlash" || uintOf(call.values, 1) !== uintOf(call.values, 2)) continue;
    found.push({
      transaction: log.transactionHash,
      block: log.blockNumber,
      transcoder: addressOf(event.values, 0),
      finder: addressOf(event.values, 1),
      penaltyWei: uintOf(event.values, 2),
      finderRewardWei: uintOf(event.values, 3),
    });
  }
  return found;
}
