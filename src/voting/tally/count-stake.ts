import type { Address } from "../../protocol/hex.ts";
import { rowOf } from "./build-result.ts";
import { selectVotes, type CountedVote } from "./select-votes.ts";
import { ownWeight, stakeOf } from "./stake-of.ts";
import type { AccountStake, TallyInput } from "./tally-input.ts";
import type { TallyRow } from "./tally-result.ts";

/**
 * The rows of a poll (LIP-16): the last yes or no of each account, at the stake of the deciding moment. A delegator that
 * votes takes its stake out of its transcoder's vote, whichever of them voted first and whether or not the transcoder
 * votes at all; an account that delegates to somebody who is no transcoder votes with its own and takes nothing from
 * anybody.
 */
export function countStake(input: TallyInput): TallyRow[] {
  const votes = selectVotes(input, ["for", "against"], "last");
  const ballots: { vote: CountedVote; stake: AccountStake }[] = [];
  const deductions = new Map<Address, bigint>();
  for (const vote of votes.values()) {
    const stake = stakeOf(input, vote.voter);
    ballots.push({ vote, stake });
    if (stake.isRegistered || stake.pendingStakeWei === 0n || !stakeOf(input, stake.delegate).isRegistered) continue;
    deductions.set(stake.delegate, (deductions.get(stake.delegate) ?? 0n) + stake.pendingStakeWei);
  }
  const rows: TallyRow[] = [];
  for (const { vote, stake } of ballots) {
    rows.push(rowOf(vote, stake.delegate, ownWeight(stake), stake.isRegistered ? (deductions.get(vote.voter) ?? 0n) : 0n));
  }
  return rows;
}
