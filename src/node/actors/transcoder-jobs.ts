import type { SigningKey } from "ethers/crypto";
import { callTo, earliest, type ActorCall, type Move, type Turn } from "./actor.ts";
import { KNOWN_HASHES_BLOCKS, readClaim, type Claim } from "./claim.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import { deriveStream, isChallenged, receiptProof, receiptRoot, type Segment, type Stream } from "./stream.ts";
import type { Work } from "./transcoder.ts";
import { tryReading } from "./try-reading.ts";
import { addressOf, textOf, uintOf } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

export interface JobWorkOptions {
  address: Address;
  misbehaviour: Misbehaviour | undefined;
  /** Stands for what the broadcaster sends off chain: with it the signed segments are derived. */
  broadcasterKey: SigningKey;
  segmentsPerJob: number;
}

interface Job {
  jobId: bigint;
  streamId: string;
  options: string;
  maxPriceWei: bigint;
  creationBlock: bigint;
}

interface Claimed {
  job: Job;
  claim: Claim;
  verified: Set<bigint>;
}

const CHALLENGE_WAIT_BLOCKS = 2n;
const VERIFY = "function verify(uint256 jobId, uint256 claimId, uint256 segmentNumber, string dataStorageHash, bytes32[2] dataHashes, bytes broadcasterSig, bytes proof) payable";

/**
 * Takes the jobs it is drawn for: transcodes, claims the segments in two ranges, proves those that are challenged, and has
 * the fees paid out when the claims can no longer be punished.
 */
export function jobWork({ address, misbehaviour, broadcasterKey, segmentsPerJob }: JobWorkOptions): Work {
  const open = new Map<bigint, Job>();
  const mine = new Map<bigint, Job>();
  const claims = new Map<string, Claimed>();
  const streams = new Map<string, Stream>();

  const streamOf = (job: Job): Stream => {
    const known = streams.get(job.streamId);
    if (known !== undefined) return known;
    if (streams.size > 32) streams.clear();
    const stream = deriveStream(job.streamId, job.options, segmentsPerJob, broadcasterKey);
    streams.set(job.streamId, stream);
    return stream;
  };

  const segmentsOf = ({ job, claim }: Claimed): Segment[] =>
    streamOf(job).segments.filter(({ number }) => claim.first <= number && number <= claim.last);

  const listen = async (turn: Turn): Promise<void> => {
    for (const { name, args, block } of turn.events) {
      if (name === "NewJob") {
        const jobId = uintOf(args, "jobId");
        const job = { jobId, streamId: textOf(args, "streamId"), options: textOf(args, "transcodingOptions"), maxPriceWei: uintOf(args, "maxPricePerSegment"), creationBlock: block };
        if (!mine.has(jobId)) open.set(jobId, job);
      } else if (name === "NewClaim") {
        const [jobId, claimId] = [uintOf(args, "jobId"), uintOf(args, "claimId")];
        const job = open.get(jobId) ?? mine.get(jobId);
        open.delete(jobId);
        if (job === undefined || addressOf(args, "transcoder") !== address || claims.has(`${jobId}/${claimId}`)) continue;
        mine.set(jobId, job);
        const claim = await readClaim(turn, jobId, claimId);
        if (claim !== undefined) claims.set(`${jobId}/${claimId}`, { job, claim, verified: new Set() });
      } else if (name === "Verify") {
        claims.get(`${uintOf(args, "jobId")}/${uintOf(args, "claimId")}`)?.verified.add(uintOf(args, "segmentNumber"));
      } else if (name === "DistributeFees") {
        claims.delete(`${uintOf(args, "jobId")}/${uintOf(args, "claimId")}`);
      } else if (name === "TranscoderSlashed" && addressOf(args, "transcoder") === address) {
        await forgetSettled(turn);
      }
    }
  };

  const forgetSettled = async (turn: Turn): Promise<void> => {
    await Promise.all(
      [...claims].map(async ([key, { claim }]) => {
        if ((await readClaim(turn, claim.jobId, claim.claimId))?.status !== "pending") claims.delete(key);
      }),
    );
  };

  /** Whoever else is drawn, claims it; then it is forgotten here. */
  const isDrawn = async (turn: Turn, job: Job): Promise<boolean> => {
    const [{ seen: hash }, details] = await Promise.all([turn.blockHash(job.creationBlock), turn.read(turn.contract("JobsManager"), GET_JOB, [job.jobId])]);
    const drawn = await turn.read(turn.contract("BondingManager"), "function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round) view returns (address)", [
      job.maxPriceWei,
      hash,
      uintOf(details, "creationRound"),
    ]);
    return addressOf(drawn, 0) === address && uintOf(details, "endBlock") > turn.nextBlock;
  };

  const claimWork = async (turn: Turn): Promise<ActorCall[]> => {
    const calls: ActorCall[] = [];
    for (const job of open.values()) {
      const tooLate = turn.nextBlock - job.creationBlock > KNOWN_HASHES_BLOCKS;
      if (tooLate || !(await isDrawn(turn, job))) {
        open.delete(job.jobId);
        continue;
      }
      for (const [first, last] of rangesOf(segmentsPerJob, misbehaviour)) {
        const root = receiptRoot(streamOf(job).segments.slice(first, last + 1));
        calls.push(callTo(turn.contract("JobsManager"), "function claimWork(uint256 jobId, uint256[2] segmentRange, bytes32 claimRoot)", [job.jobId, [first, last], root], `claims segments ${first} to ${last} of job ${job.jobId}`));
      }
    }
    return calls;
  };

  const proveChallenged = async (turn: Turn, claimed: Claimed): Promise<Move> => {
    const { claim, job } = claimed;
    const challengeBlock = claim.claimBlock + 1n;
    if (misbehaviour === "missed-verification") return { calls: [] };
    if (turn.nextBlock < claim.claimBlock + CHALLENGE_WAIT_BLOCKS) return { calls: [], dueBlock: claim.claimBlock + CHALLENGE_WAIT_BLOCKS };
    if (turn.nextBlock - challengeBlock > KNOWN_HASHES_BLOCKS) return { calls: [] };
    // Asked anew every time: a new rate counts for old claims too, and so does the hash that a chain started again gives.
    const [{ seen: hash }, rate] = await Promise.all([turn.blockHash(challengeBlock), turn.read(turn.contract("JobsManager"), "function verificationRate() view returns (uint64)")]);
    const missing = segmentsOf(claimed).filter(({ number }) => !claimed.verified.has(number) && isChallenged(number, challengeBlock, hash, uintOf(rate, 0)));
    if (missing.length === 0) return { calls: [] };
    const price = await turn.read(turn.contract("Verifier"), "function getPrice() view returns (uint256)");
    const all = segmentsOf(claimed);
    return {
      calls: missing.map((segment) =>
        callTo(
          turn.contract("JobsManager"),
          VERIFY,
          [job.jobId, claim.claimId, segment.number, `ipfs/${job.streamId}/${segment.number}`, [segment.dataHash, segment.transcodedDataHash], segment.signature, receiptProof(all, all.indexOf(segment))],
          `proves segment ${segment.number} of job ${job.jobId}`,
          uintOf(price, 0),
        ),
      ),
    };
  };

  const collect = async (turn: Turn, claimed: Claimed, isActive: boolean): Promise<Move> => {
    const { claim, job } = claimed;
    if (turn.nextBlock < claim.endVerificationSlashingBlock) return { calls: [], dueBlock: claim.endVerificationSlashingBlock };
    const [now, details] = await Promise.all([readClaim(turn, job.jobId, claim.claimId), tryReading(turn.read(turn.contract("JobsManager"), GET_JOB, [job.jobId]))]);
    const feesWei = (claim.last - claim.first + 1n) * BigInt(job.options.length / 8) * job.maxPriceWei;
    // A punished claim takes the escrow of the whole job with it.
    if (now?.status !== "pending" || details === undefined || uintOf(details, "escrow") < feesWei) {
      claims.delete(`${job.jobId}/${claim.claimId}`);
      return { calls: [] };
    }
    // Only an active transcoder can be paid; one that was thrown out is paid when it is back.
    if (!isActive) return { calls: [] };
    return { calls: [callTo(turn.contract("JobsManager"), "function distributeFees(uint256 jobId, uint256 claimId)", [job.jobId, claim.claimId], `collects the fees of claim ${claim.claimId} of job ${job.jobId}`)] };
  };

  return {
    act: async (turn, isActive) => {
      await listen(turn);
      const claiming = await claimWork(turn);
      const moves = await Promise.all([...claims.values()].flatMap((claimed) => [proveChallenged(turn, claimed), collect(turn, claimed, isActive)]));
      if (mine.size > 256) for (const jobId of [...mine.keys()].slice(0, 128)) mine.delete(jobId);
      return { calls: [...claiming, ...moves.flatMap(({ calls }) => calls)], ...earliest(...moves.map(({ dueBlock }) => dueBlock)) };
    },
  };
}

const GET_JOB =
  "function getJob(uint256 jobId) view returns (string streamId, string transcodingOptions, uint256 maxPricePerSegment, address broadcasterAddress, address transcoderAddress, uint256 creationRound, uint256 creationBlock, uint256 endBlock, uint256 escrow, uint256 totalClaims)";

/** Two halves; for whoever claims twice, the same whole twice. */
function rangesOf(segments: number, misbehaviour: Misbehaviour | undefined): [first: number, last: number][] {
  const last = segments - 1;
  if (misbehaviour === "double-claim") return [[0, last], [0, last]];
  const middle = Math.floor(last / 2);
  return middle === last ? [[0, last]] : [[0, middle], [middle + 1, last]];
}
