import type { Address, Hex } from "../../protocol/hex.ts";
import type { Choice, VoteFacts } from "../vote.ts";

/** What one account has at the deciding moment. Amounts in units of 1e-18 LPT. */
export interface AccountStake {
  /** Whom its stake is delegated to; the zero address when it is bonded to nobody. */
  delegate: Address;
  /** As the contract has it written down: without rewards since its last claim. */
  bondedWei: bigint;
  /** Its own stake with everything earned. */
  pendingStakeWei: bigint;
  /** What is delegated to it, its own stake included. */
  delegatedWei: bigint;
  /** A transcoder: bonded to itself, with a stake. */
  isRegistered: boolean;
  /** A transcoder of the active set of this round. */
  isActive: boolean;
  /** What the governor's token says at the snapshot, for a governor; a poll has no such figure. */
  votesWei?: bigint;
}

/** One vote as its log has it. Several of one account are several entries. */
export interface CastVote {
  voter: Address;
  choice: Choice | "unknown";
  /** What a governor's event says. */
  weightWei?: bigint;
  blockNumber: bigint;
  logIndex: number;
  transaction: Hex;
}

/** Everything that a tally depends on, as it was at one block. No rule-set reads anything else. */
export interface TallyInput {
  vote: VoteFacts;
  at: { blockNumber: bigint; blockHash: Hex; round: bigint };
  /** The block whose state the stake was read from, where that is another one: the last of a governor's snapshot. */
  stakeAt?: { blockNumber: bigint; blockHash: Hex };
  /** The block is the last one that can change the result: the vote is over. */
  isFinal: boolean;
  /** In the order of the chain. */
  votes: CastVote[];
  /** Of everybody who voted, and of those they delegate to. */
  accounts: Map<Address, AccountStake>;
  /** All staked LPT: the sum of what is delegated to each account, active or not. */
  totalStakedWei: bigint;
  /** What is delegated to the active transcoders; at a governor's snapshot, the supply of votes. */
  totalActiveStakeWei: bigint;
  /** Parts per million. */
  quorumPpm: bigint;
  /** Parts per million. */
  quotaPpm: bigint;
  /** What transcoders themselves must cast, of a StakeGovernor. */
  transcoderQuorumWei?: bigint;
  /** What a governor says its quorum is at the snapshot. */
  quorumWei?: bigint;
  /** What a governor has counted itself. */
  contract?: { forWei: bigint; againstWei: bigint; abstainWei: bigint; /** Of a StakeGovernor. */ transcodersWei?: bigint };
  /** How far the logs were compared with the bloom filters of their blocks. */
  logsProven: { blocks: bigint; ofBlocks: bigint };
}
