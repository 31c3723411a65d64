import { buildResult, flooredShare, rowOf } from "../build-result.ts";
import { selectVotes } from "../select-votes.ts";
import { stakeOf } from "../stake-of.ts";
import type { AccountStake, TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";

const HALF_PPM = 500_000n;

/**
 * As OpenZeppelin's simple counting does: the first vote of each account with the votes that its token gives it, nobody
 * overrides anybody, for and abstain count towards the quorum, and more for than against is needed whatever the quota.
 */
export function tallyOzGovernor(input: TallyInput): TallyResult {
  const votes = selectVotes(input, ["for", "against", "abstain"], "first");
  return buildResult({
    rules: "oz-governor",
    rows: [...votes.values()].map((vote) => {
      const stake = stakeOf(input, vote.voter);
      return rowOf(vote, stake.delegate, tokenVotes(stake), 0n);
    }),
    baseWei: input.totalActiveStakeWei,
    quorumWei: input.quorumWei ?? flooredShare(input.totalActiveStakeWei, input.quorumPpm),
    participation: input.vote.kind === "governor" && input.vote.rules === "oz-governor" ? input.vote.quorumCounts : ["for", "abstain"],
    quotaPpm: HALF_PPM,
    quotaRule: "above",
  });
}

/** What the token said; in a poll, what a token would say whose holders vote through their delegates alone. */
function tokenVotes({ votesWei, isRegistered, delegatedWei }: AccountStake): bigint {
  return votesWei ?? (isRegistered ? delegatedWei : 0n);
}
