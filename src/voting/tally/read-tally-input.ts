import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { useFastKeccak } from "../../protocol/fast-keccak.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readContractBlock, readLastBlockUpTo, type ContractBlock } from "../contract-block.ts";
import { voteReference, type GovernorVoteFacts, type PollFacts, type VoteFacts } from "../vote.ts";
import { countWords, numberAt, selectorOf, wordOfNumber } from "../../chain/hand-codec.ts";
import { pinReader, type PinnedReader } from "./pinned-reader.ts";
import { bondingSource, readAccountStakes, votesSource } from "./read-account-stakes.ts";
import { readCastVotes } from "./read-cast-votes.ts";
import { NO_CACHE, type TallyCache } from "./tally-cache.ts";
import { readTallyContracts, type TallyContracts } from "./tally-contracts.ts";
import { reorged, unreadable } from "./tally-errors.ts";
import type { CastVote, TallyInput } from "./tally-input.ts";
import { readTotalStaked } from "./total-staked.ts";

export interface ReadTallyOptions {
  /** Where the protocol's contracts are registered. Default: what the vote's own contracts say. */
  controller?: Address | undefined;
  /** Read at this block instead, which must have this hash where one is given: to check a tally of somebody else. */
  at?: { blockNumber: bigint; blockHash?: Hex | undefined } | undefined;
  /** The first block that can have a bond in it. Default: the first block. */
  bondsFromBlock?: bigint | undefined;
  cache?: TallyCache | undefined;
  progress?: ((what: string) => void) | undefined;
}

/**
 * Everything that the tally of a vote depends on, from plain logs and state, at one block: of a poll the last block whose
 * number, as contracts see it, is up to the poll's end; of a Governor the latest, since its snapshot does not change any
 * more. A vote that is still open is read as it stands at the latest block.
 * @throws LPCTL_TALLY_NOT_OPEN, LPCTL_TALLY_REORG, LPCTL_TALLY_LOGS_INCOMPLETE, LPCTL_TALLY_STAKE_INCOMPLETE,
 * LPCTL_TALLY_STATE_UNREADABLE, LPCTL_TALLY_WEIGHT_DIFFERS, LPCTL_ANVIL_STATE_GONE
 */
export async function readTallyInput(rpc: Rpc, vote: VoteFacts, options: ReadTallyOptions = {}): Promise<TallyInput> {
  await useFastKeccak();
  const { block, isFinal } = await findBlock(rpc, vote, options.at);
  const reader = await pinReader(rpc, block);
  // Before anything is read that would be kept.
  if (vote.kind === "governor") await readBegunClock(reader, vote);
  const contracts = await readTallyContracts(reader, vote, options.controller);
  const cache = options.cache ?? NO_CACHE;
  const progress = options.progress ?? ((): void => {});
  const { votes, proven } = await readCastVotes(rpc, vote, block.number, cache, progress);
  const common = { at: { blockNumber: block.number, blockHash: block.hash, round: 0n }, isFinal, votes, logsProven: proven };
  const input = vote.kind === "poll" ? await readPollInput(reader, vote, contracts, common, { ...options, cache, progress }) : await readGovernorInput(reader, vote, common, { cache, progress });
  await reader.requireSame();
  return input;
}

type Common = Pick<TallyInput, "at" | "isFinal" | "votes" | "logsProven">;

async function findBlock(rpc: Rpc, vote: VoteFacts, at: ReadTallyOptions["at"]): Promise<{ block: ContractBlock; isFinal: boolean }> {
  if (at === undefined) return readDecidingBlock(rpc, vote);
  const { isFinal } = await readDecidingBlock(rpc, vote);
  const block = await readContractBlock(rpc, at.blockNumber);
  if (at.blockHash !== undefined && block.hash !== at.blockHash) throw reorged(at.blockNumber, at.blockHash, block.hash);
  return { block, isFinal };
}

/** Where a vote is counted, and whether it is over, so that this does not change any more. */
export async function readDecidingBlock(rpc: Rpc, vote: VoteFacts): Promise<{ block: ContractBlock; isFinal: boolean }> {
  const latest = await readContractBlock(rpc, "latest");
  if (vote.kind === "governor") return { block: latest, isFinal: vote.state !== "active" && vote.state !== "pending" };
  const isFinal = latest.contractNumber > vote.endBlock;
  return { block: isFinal ? await readLastBlockUpTo(rpc, vote.endBlock) : latest, isFinal };
}

const CURRENT_ROUND = selectorOf("currentRound()");
const TOTAL_BONDED = selectorOf("getTotalBonded()");

async function readPollInput(reader: PinnedReader, vote: PollFacts, { bondingManager, roundsManager }: TallyContracts, common: Common, options: Required<Pick<ReadTallyOptions, "cache" | "progress">> & ReadTallyOptions): Promise<TallyInput> {
  const { cache = NO_CACHE, progress = (): void => {} } = options;
  if (bondingManager === undefined || roundsManager === undefined) throw unreadable(vote.address, "whose stake counts", "No BondingManager is known.");
  const round = await readNumber(reader, roundsManager, CURRENT_ROUND, "the round");
  const totalActiveStakeWei = await readNumber(reader, bondingManager, TOTAL_BONDED, "the active stake");
  const accounts = await readAccountStakes(common.votes.map(({ voter }) => voter), bondingSource(reader, bondingManager, round), cache, progress);
  const delegates = [...accounts.values()].filter(({ bondedWei }) => bondedWei > 0n).map(({ delegate }) => delegate);
  const totalStakedWei = await readTotalStaked(reader, bondingManager, { fromBlock: options.bondsFromBlock ?? 0n, known: delegates, cache, progress });
  return { ...common, vote, at: { ...common.at, round }, accounts, totalStakedWei, totalActiveStakeWei, quorumPpm: vote.quorumPpm, quotaPpm: vote.quotaPpm };
}

const CLOCK = selectorOf("clock()");
const PAST_SUPPLY = selectorOf("getPastTotalSupply(uint256)");
const QUORUM = selectorOf("quorum(uint256)");
const QUORUM_NUMERATOR = selectorOf("quorumNumerator(uint256)");
const QUORUM_DENOMINATOR = selectorOf("quorumDenominator()");
const QUOTA = selectorOf("quota()");
const REQUIRED_TRANSCODER_VOTES = selectorOf("requiredTranscoderVotes(uint256)");
const TRANSCODER_VOTES = selectorOf("transcoderVotes(uint256)");
const PROPOSAL_VOTES = selectorOf("proposalVotes(uint256)");
const HALF_PPM = 500_000n;

async function readGovernorInput(reader: PinnedReader, vote: GovernorVoteFacts, common: Common, { cache, progress }: { cache: TallyCache; progress: (what: string) => void }): Promise<TallyInput> {
  const { governor, snapshot, voteId } = vote;
  const clock = await readBegunClock(reader, vote);
  const at = wordOfNumber(snapshot);
  const token = vote.token ?? governor;
  const isBondingVotes = vote.rules !== "oz-governor";
  const [supplyWei, quorumWei, numerator, denominator, quota, transcoderQuorumWei, transcodersWei, counted] = await Promise.all([
    readNumber(reader, token, `${PAST_SUPPLY}${at}`, "the supply of votes at the snapshot"),
    readNumber(reader, governor, `${QUORUM}${at}`, "its quorum"),
    tryNumber(reader, governor, `${QUORUM_NUMERATOR}${at}`),
    tryNumber(reader, governor, QUORUM_DENOMINATOR),
    tryNumber(reader, governor, QUOTA),
    vote.rules === "stake-governor" ? readNumber(reader, governor, `${REQUIRED_TRANSCODER_VOTES}${at}`, "what transcoders have to cast") : undefined,
    vote.rules === "stake-governor" ? readNumber(reader, governor, `${TRANSCODER_VOTES}${wordOfNumber(voteId)}`, "what transcoders have cast") : undefined,
    reader.call(governor, `${PROPOSAL_VOTES}${wordOfNumber(voteId)}`).catch(() => "0x"),
  ]);
  const accounts = await readAccountStakes(common.votes.map(({ voter }) => voter), votesSource(reader, token, snapshot, isBondingVotes), cache, progress);
  for (const cast of common.votes) requireWeight(cast, accounts.get(cast.voter)?.votesWei, vote);
  return {
    ...common,
    vote,
    at: { ...common.at, round: clock },
    accounts,
    // Staked, as far as this vote knows: the supply of its votes.
    totalStakedWei: supplyWei,
    totalActiveStakeWei: supplyWei,
    quorumPpm: numerator === undefined || denominator === undefined || denominator === 0n ? 0n : (numerator * 1_000_000n) / denominator,
    quotaPpm: quota ?? HALF_PPM,
    quorumWei,
    ...(transcoderQuorumWei === undefined ? {} : { transcoderQuorumWei }),
    ...(countWords(counted) === 3 ? { contract: { againstWei: numberAt(counted, 0), forWei: numberAt(counted, 1), abstainWei: numberAt(counted, 2), ...(transcodersWei === undefined ? {} : { transcodersWei }) } } : {}),
  };
}

/** What the event says must be what the token says; a vote of another weight was counted by other rules, or its log is forged. */
function requireWeight({ voter, weightWei, transaction }: CastVote, votesWei: bigint | undefined, vote: GovernorVoteFacts): void {
  if (weightWei === undefined || votesWei === undefined || weightWei === votesWei) return;
  throw new LpctlError({
    code: "LPCTL_TALLY_WEIGHT_DIFFERS",
    exit: Exit.different,
    message: `${voter} voted with ${weightWei}, and has ${votesWei} votes at the snapshot`,
    why: `the event in ${transaction} says the first, ${vote.token ?? vote.governor} the second; they are the same wherever a Governor counts the votes of its token`,
    next: "Compare with another RPC; if it says the same, this Governor does not count as its COUNTING_MODE says",
    details: { voter, eventWei: weightWei, tokenWei: votesWei, transaction },
  });
}

/** @throws LPCTL_TALLY_NOT_OPEN */
async function readBegunClock(reader: PinnedReader, vote: GovernorVoteFacts): Promise<bigint> {
  const clock = await readNumber(reader, vote.governor, CLOCK, "its clock");
  if (clock > vote.snapshot) return clock;
  throw notOpen(vote, clock);
}

function notOpen(vote: GovernorVoteFacts, clock: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_NOT_OPEN",
    exit: Exit.waiting,
    message: `The vote ${voteReference(vote)} has not begun`,
    why: `its snapshot is ${vote.snapshot}, and the clock stands at ${clock}: nobody can have voted`,
    next: `lpctl vote show ${voteReference(vote)}`,
    details: { snapshot: vote.snapshot, clock },
  });
}

async function readNumber(reader: PinnedReader, to: Address, data: `0x${string}`, what: string): Promise<bigint> {
  const answer = await reader.call(to, data);
  if (countWords(answer) !== 1) throw unreadable(to, what, answer === "0x" ? "There is no such contract at that block." : "It answers something else.");
  return numberAt(answer, 0);
}

async function tryNumber(reader: PinnedReader, to: Address, data: `0x${string}`): Promise<bigint | undefined> {
  const answer = await reader.call(to, data).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return "0x";
    throw error;
  });
  return countWords(answer) === 1 ? numberAt(answer, 0) : undefined;
}
