import { describe, expect, test } from "vitest";
import { projectCast } from "../../../../src/lifecycle/votes/project-cast.ts";
import type { VotingPower } from "../../../../src/voting/power/power.ts";
import type { AccountStake, CastVote, TallyInput } from "../../../../src/voting/tally/tally-input.ts";
import { tallyUnder } from "../../../../src/voting/tally/tally-under.ts";
import type { Choice, RuleSetId, VoteFacts } from "../../../../src/voting/vote.ts";
import { governorVote, hash, LPT, poll, power, TRANSCODER, VOTER } from "./some-votes.ts";

const transcoder: AccountStake = { delegate: TRANSCODER, bondedWei: 700n * LPT, pendingStakeWei: 700n * LPT, delegatedWei: 1_000n * LPT, isRegistered: true, isActive: true };
const delegator: AccountStake = { delegate: TRANSCODER, bondedWei: 300n * LPT, pendingStakeWei: 300n * LPT, delegatedWei: 0n, isRegistered: false, isActive: false };

function input(vote: VoteFacts, votes: readonly Pick<CastVote, "voter" | "choice">[], accounts: TallyInput["accounts"]): TallyInput {
  return {
    vote,
    at: { blockNumber: 100n, blockHash: hash("c"), round: 12n },
    isFinal: false,
    votes: votes.map((one, index) => ({ ...one, blockNumber: 90n, logIndex: index, transaction: hash("d") })),
    accounts,
    totalStakedWei: 4_000n * LPT,
    totalActiveStakeWei: 4_000n * LPT,
    quorumPpm: 333_300n,
    quotaPpm: 500_000n,
    contract: { forWei: 0n, againstWei: 0n, abstainWei: 0n },
    logsProven: { blocks: 0n, ofBlocks: 0n },
  };
}

function sums(rules: RuleSetId, before: TallyInput, voter: VotingPower, choice: Choice): bigint[] {
  const { forWei, againstWei, abstainWei } = tallyUnder(rules, projectCast(before, voter, choice));
  return [forWei / LPT, againstWei / LPT, abstainWei / LPT];
}

describe.each([["lip-16", poll()], ["livepeer-governor", governorVote()], ["stake-governor", governorVote()]] as const)("one vote more, under %s,", (rules, vote) => {
  const votesWei = vote.kind === "governor";
  const known = new Map([[TRANSCODER, votesWei ? { ...transcoder, votesWei: 1_000n * LPT } : transcoder]]);

  test("of a delegator whom the tally did not know is taken out of its transcoder's", () => {
    const before = input(vote, [{ voter: TRANSCODER, choice: "for" }], known);
    expect(sums(rules, before, power(), "against")).toEqual([700n, 300n, 0n]);
    expect(before.votes).toHaveLength(1);
    expect(before.accounts.has(VOTER)).toBe(false);
  });

  test("of a delegator is its own where nothing is known of its transcoder", () => {
    expect(sums(rules, input(vote, [], new Map()), power(), "for")).toEqual([300n, 0n, 0n]);
  });

  test("of a transcoder is what its delegators have left of it", () => {
    const accounts = new Map([...known, [VOTER, votesWei ? { ...delegator, votesWei: 300n * LPT } : delegator] as const]);
    const before = input(vote, [{ voter: VOTER, choice: "against" }], accounts);
    const whole = power({ account: TRANSCODER, delegate: TRANSCODER, takesFrom: undefined, weightWei: 1_000n * LPT, overriddenWei: 300n * LPT });
    expect(sums(rules, before, whole, "for")).toEqual([700n, 300n, 0n]);
  });
});

test("in a poll it replaces the voter's earlier one", () => {
  const before = input(poll(), [{ voter: VOTER, choice: "for" }], new Map([[TRANSCODER, transcoder], [VOTER, delegator]]));
  expect(sums("lip-16", before, power({ hasVoted: true, choice: "for" }), "against")).toEqual([0n, 300n, 0n]);
});
