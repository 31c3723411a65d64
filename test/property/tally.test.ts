import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyseTally } from "../../src/voting/tally/analyse-tally.ts";
import type { TallyInput } from "../../src/voting/tally/tally-input.ts";
import type { TallyResult } from "../../src/voting/tally/tally-result.ts";
import { tallyUnder } from "../../src/voting/tally/tally-under.ts";
import { RULE_SETS, type Choice } from "../../src/voting/vote.ts";
import { cast, stake, tallyInput } from "../unit/voting/tally-fixtures.ts";

const CHOICES: readonly Choice[] = ["for", "against"];

interface Electorate {
  /** Own stake of each transcoder. */
  transcoders: bigint[];
  /** Stake of each delegator, and the transcoder it delegates to. */
  delegators: { own: bigint; to: number }[];
  ballots: { voter: string; choice: Choice }[];
}

const amount = fc.bigInt({ min: 1n, max: 10n ** 25n });

const electorates: fc.Arbitrary<Electorate> = fc
  .record({
    transcoders: fc.array(amount, { minLength: 1, maxLength: 4 }),
    delegators: fc.array(fc.record({ own: amount, to: fc.nat(3) }), { maxLength: 6 }),
  })
  .chain(({ transcoders, delegators }) => {
    const names = [...transcoders.map((_, index) => `T${index}`), ...delegators.map((_, index) => `d${index}`)];
    return fc
      .tuple(fc.shuffledSubarray(names), fc.array(fc.constantFrom(...CHOICES), { minLength: names.length, maxLength: names.length }))
      .map(([voters, choices]) => ({ transcoders, delegators, ballots: voters.map((voter, index) => ({ voter, choice: choices[index] ?? "for" })) }));
  });

function inputOf({ transcoders, delegators, ballots }: Electorate): TallyInput {
  const toOf = (to: number): number => to % transcoders.length;
  const stakes = [
    ...transcoders.map((own, index) => stake(`T${index}`, { own, to: `T${index}`, delegated: delegators.filter(({ to }) => toOf(to) === index).reduce((sum, each) => sum + each.own, own) })),
    ...delegators.map(({ own, to }, index) => stake(`d${index}`, { own, to: `T${toOf(to)}` })),
  ];
  const total = totalOf({ transcoders, delegators, ballots });
  return tallyInput(cast(...ballots.map(({ voter, choice }) => [voter, choice] as const)), stakes, { totalStakedWei: total, totalActiveStakeWei: total });
}

function totalOf({ transcoders, delegators }: Electorate): bigint {
  return [...transcoders, ...delegators.map(({ own }) => own)].reduce((sum, each) => sum + each, 0n);
}

const sumsOf = ({ forWei, againstWei, abstainWei }: TallyResult): bigint[] => [forWei, againstWei, abstainWei];

describe("whoever votes for what", () => {
  test("the order of the votes does not matter, under any rule-set", () => {
    fc.assert(
      fc.property(electorates, (electorate) => {
        const reversed = { ...electorate, ballots: [...electorate.ballots].reverse() };
        for (const rules of RULE_SETS) {
          const [one, other] = [tallyUnder(rules, inputOf(electorate)), tallyUnder(rules, inputOf(reversed))];
          expect([sumsOf(one), one.outcome]).toEqual([sumsOf(other), other.outcome]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("no stake counts twice, and a contract that counts vote by vote comes to what LIP-16 comes to", () => {
    fc.assert(
      fc.property(electorates, (electorate) => {
        const input = inputOf(electorate);
        const poll = tallyUnder("lip-16", input);
        for (const rules of ["livepeer-explorer", "livepeer-governor", "stake-governor"] as const) {
          const result = tallyUnder(rules, input);
          expect(sumsOf(result)).toEqual(sumsOf(poll));
          expect(result.rows).toEqual(poll.rows);
        }
        expect(poll.participationWei).toBeLessThanOrEqual(totalOf(electorate));
        expect(poll.rows.every(({ effectiveWei }) => effectiveWei >= 0n)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("those who are named could have turned the result, and fewer could not", () => {
    fc.assert(
      fc.property(electorates, (electorate) => {
        const passes = (ballots: Electorate["ballots"]): boolean => tallyUnder("lip-16", inputOf({ ...electorate, ballots })).outcome === "passed";
        const result = tallyUnder("lip-16", inputOf(electorate));
        const { flip } = analyseTally(result);
        fc.pre(flip !== undefined && flip.by === "voting-otherwise");
        const named = new Set(flip?.voters.map(({ voter }) => voter));
        const nameOf = new Map(result.rows.map(({ voter }) => [voter, Buffer.from(voter.slice(2), "hex").toString().replaceAll("\0", "")]));
        const turned = new Set([...named].map((voter) => nameOf.get(voter)));
        const other = (choice: Choice): Choice => (choice === "for" ? "against" : "for");
        expect(passes(electorate.ballots.map((ballot) => (turned.has(ballot.voter) ? { ...ballot, choice: other(ballot.choice) } : ballot)))).toBe(result.outcome !== "passed");
        // Every smaller set, by trying all of them.
        const voters = electorate.ballots.map(({ voter }) => voter);
        for (let mask = 0; mask < 1 << voters.length; mask++) {
          const set = voters.filter((_, index) => (mask & (1 << index)) !== 0);
          if (set.length >= named.size) continue;
          const ballots = electorate.ballots.map((ballot) => (set.includes(ballot.voter) ? { ...ballot, choice: other(ballot.choice) } : ballot));
          expect(passes(ballots)).toBe(result.outcome === "passed");
        }
      }),
      { numRuns: 25 },
    );
  });
});
