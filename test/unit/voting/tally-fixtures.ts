import { getAddress } from "ethers";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { AccountStake, CastVote, TallyInput } from "../../../src/voting/tally/tally-input.ts";
import type { PollFacts } from "../../../src/voting/vote.ts";

/** Accounts by a letter: `T` is a transcoder, `d` a delegator, and so on. */
export function account(name: string): Address {
  return getAddress(`0x${Buffer.from(name).toString("hex").padStart(40, "0")}`) as Address;
}

export interface StakeOptions {
  /** Everything that is delegated to it, its own included. */
  delegated?: bigint;
  /** Its own, with earnings. */
  own?: bigint;
  to?: string;
}

/** A transcoder of so much, or a delegator of somebody. */
export function stake(name: string, { delegated = 0n, own = 0n, to }: StakeOptions): [Address, AccountStake] {
  const delegate = to === undefined ? ZERO_ADDRESS : account(to);
  const isRegistered = to === name && own > 0n;
  return [account(name), { delegate, bondedWei: own, pendingStakeWei: own, delegatedWei: delegated, isRegistered, isActive: isRegistered }];
}

export const poll: PollFacts = {
  kind: "poll",
  address: account("poll"),
  creator: account("creator"),
  foreign: false,
  text: "",
  createdBlock: 1n,
  createdTransaction: ZERO_HASH,
  endBlock: 100n,
  quorumPpm: 333_300n,
  quotaPpm: 500_000n,
  state: "over",
  destroyed: false,
};

export function transactionOf(index: number): Hex {
  return `0x${(index + 1).toString(16).padStart(64, "0")}`;
}

/** Votes in the order of blocks: the voter's name and the choice. */
export function cast(...votes: readonly (readonly [string, CastVote["choice"]])[]): CastVote[] {
  return votes.map(([name, choice], index) => ({ voter: account(name), choice, blockNumber: BigInt(10 + index), logIndex: 0, transaction: transactionOf(index) }));
}

export function tallyInput(votes: CastVote[], stakes: readonly [Address, AccountStake][], totals: Partial<TallyInput> = {}): TallyInput {
  return {
    vote: poll,
    at: { blockNumber: 100n, blockHash: ZERO_HASH, round: 1n },
    isFinal: true,
    votes,
    accounts: new Map([...stakes, stake("", {})]),
    totalStakedWei: 1_000n,
    totalActiveStakeWei: 1_000n,
    quorumPpm: 333_300n,
    quotaPpm: 500_000n,
    logsProven: { blocks: 0n, ofBlocks: 0n },
    ...totals,
  };
}
