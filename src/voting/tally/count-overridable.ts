import type { Address } from "../../protocol/hex.ts";
import type { Choice } from "../vote.ts";
import type { Sums } from "./build-result.ts";
import { rowOf } from "./build-result.ts";
import { selectVotes, type CountedVote } from "./select-votes.ts";
import { bondingVotes, stakeOf } from "./stake-of.ts";
import type { TallyInput } from "./tally-input.ts";
import type { TallyRow } from "./tally-result.ts";

interface Ballot {
  vote: CountedVote;
  delegate: Address;
  weightWei: bigint;
}

/**
 * Counts as the contracts with overridable votes do, vote by vote and with their checked arithmetic: a delegator's vote
 * takes its weight out of its delegate's, whichever comes first; what such a contract would have reverted (a second vote,
 * a subtraction below zero) does not count.
 * @returns the rows; and the sums as the contract has them
 */
export function countOverridable(input: TallyInput): { rows: TallyRow[]; sums: Sums } {
  const ballots = new Map<Address, Ballot>();
  const deductions = new Map<Address, bigint>();
  const sums: Record<Choice, bigint> = { for: 0n, against: 0n, abstain: 0n };
  for (const vote of selectVotes(input, ["for", "against", "abstain"], "first").values()) {
    const stake = stakeOf(input, vote.voter);
    const weightWei = bondingVotes(input, stake);
    const { delegate } = stake;
    if (delegate === vote.voter) {
      const left = weightWei - (deductions.get(vote.voter) ?? 0n);
      if (left < 0n) continue;
      sums[vote.choice] += left;
    } else {
      const overridden = ballots.get(delegate);
      if (overridden !== undefined) {
        if (sums[overridden.vote.choice] < weightWei) continue;
        sums[overridden.vote.choice] -= weightWei;
      }
      deductions.set(delegate, (deductions.get(delegate) ?? 0n) + weightWei);
      sums[vote.choice] += weightWei;
    }
    ballots.set(vote.voter, { vote, delegate, weightWei });
  }
  const rows = [...ballots.values()].map(({ vote, delegate, weightWei }) => rowOf(vote, delegate, weightWei, delegate === vote.voter ? (deductions.get(vote.voter) ?? 0n) : 0n));
  return { rows, sums: { forWei: sums.for, againstWei: sums.against, abstainWei: sums.abstain } };
}
