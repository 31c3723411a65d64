import { callTo, earliest, obstacle, type Actor, type ActorCall, type Move, type Turn } from "./actor.ts";
import { KNOWN_HASHES_BLOCKS, readClaim, type Claim } from "./claim.ts";
import { isChallenged } from "./stream.ts";
import { uintOf } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

interface Watched {
  claim: Claim;
  verified: Set<bigint>;
}

/** No stream has more; keeps a claim of 2^256 segments from being counted through. */
const MOST_SEGMENTS = 10_000n;

/** Finds claims whose challenged segments nobody proved, and segments that were claimed twice, and has them slashed. */
export function watcher({ name, address }: { name: string; address: Address }): Actor {
  const watched = new Map<string, Watched>();

  const listen = async (turn: Turn): Promise<void> => {
    for (const { name: event, args } of turn.events) {
      if (event === "NewClaim") {
        const [jobId, claimId] = [uintOf(args, "jobId"), uintOf(args, "claimId")];
        if (watched.has(`${jobId}/${claimId}`)) continue;
        const claim = await readClaim(turn, jobId, claimId);
        if (claim?.status === "pending") watched.set(`${jobId}/${claimId}`, { claim, verified: new Set() });
      } else if (event === "Verify") {
        watched.get(`${uintOf(args, "jobId")}/${uintOf(args, "claimId")}`)?.verified.add(uintOf(args, "segmentNumber"));
      } else if (event === "TranscoderSlashed") {
        await forgetSettled(turn);
      }
    }
    for (const [key, { claim }] of watched) if (turn.nextBlock >= claim.endVerificationSlashingBlock) watched.delete(key);
  };

  const forgetSettled = async (turn: Turn): Promise<void> => {
    await Promise.all(
      [...watched].map(async ([key, { claim }]) => {
        if ((await readClaim(turn, claim.jobId, claim.claimId))?.status !== "pending") watched.delete(key);
      }),
    );
  };

  const accuseOfDoubleClaim = (turn: Turn): ActorCall[] => {
    const claims = [...watched.values()].map(({ claim }) => claim);
    for (const [at, one] of claims.entries()) {
      const other = claims.slice(at + 1).find((claim) => claim.jobId === one.jobId && claim.first <= one.last && one.first <= claim.last);
      if (other === undefined) continue;
      const segment = one.first > other.first ? one.first : other.first;
      return [
        callTo(
          turn.contract("JobsManager"),
          "function doubleClaimSegmentSlash(uint256 jobId, uint256 claimId1, uint256 claimId2, uint256 segmentNumber)",
          [one.jobId, one.claimId, other.claimId, segment],
          `shows that segment ${segment} of job ${one.jobId} was claimed twice`,
        ),
      ];
    }
    return [];
  };

  const accuseOfMissedVerification = async (turn: Turn, { claim, verified }: Watched): Promise<Move> => {
    if (turn.nextBlock < claim.endVerificationBlock) return { calls: [], dueBlock: claim.endVerificationBlock };
    const challengeBlock = claim.claimBlock + 1n;
    if (turn.nextBlock - challengeBlock > KNOWN_HASHES_BLOCKS) return { calls: [] };
    const jobsManager = turn.contract("JobsManager");
    const [{ real: hash, seen }, rate] = await Promise.all([turn.blockHash(challengeBlock), turn.read(jobsManager, "function verificationRate() view returns (uint64)")]);
    // Who proved what was challenged then must not be slashed for what would be challenged now.
    if (seen !== hash) {
      watched.delete(`${claim.jobId}/${claim.claimId}`);
      return { calls: [] };
    }
    for (let segment = claim.first; segment <= claim.last && segment - claim.first < MOST_SEGMENTS; segment += 1n) {
      if (verified.has(segment) || !isChallenged(segment, challengeBlock, hash, uintOf(rate, 0))) continue;
      const what = `shows that segment ${segment} of job ${claim.jobId} was not proven`;
      return { calls: [callTo(jobsManager, "function missedVerificationSlash(uint256 jobId, uint256 claimId, uint256 segmentNumber)", [claim.jobId, claim.claimId, segment], what)] };
    }
    watched.delete(`${claim.jobId}/${claim.claimId}`);
    return { calls: [] };
  };

  return {
    name,
    role: "watcher",
    address,
    act: async (turn): Promise<Move> => {
      await listen(turn);
      if (watched.size === 0) return { calls: [] };
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      const double = accuseOfDoubleClaim(turn);
      // A slash takes the job's other claims with it, so one at a time.
      if (double.length > 0) return { calls: double };
      const moves = await Promise.all([...watched.values()].map((each) => accuseOfMissedVerification(turn, each)));
      const first = moves.find(({ calls }) => calls.length > 0);
      return { calls: first?.calls ?? [], ...earliest(...moves.map(({ dueBlock }) => dueBlock)) };
    },
  };
}
