import { expect, test } from "vitest";
import { formatTally, tallyResult } from "../../../src/cli/format-tally.ts";
import { compareWithContract, contradicted, ownRules, parseRules, type VoteCount } from "../../../src/inspection/tally/count-vote.ts";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import { analyseTally } from "../../../src/voting/tally/analyse-tally.ts";
import type { TallyInput } from "../../../src/voting/tally/tally-input.ts";
import { tallyUnder } from "../../../src/voting/tally/tally-under.ts";
import type { GovernorVoteFacts, RuleSetId } from "../../../src/voting/vote.ts";
import { account, cast, poll, stake, tallyInput } from "./tally-fixtures.ts";

const governorVote: GovernorVoteFacts = {
  kind: "governor", governor: account("governor"), voteId: 7n, proposer: account("U"), calls: [], description: "", createdBlock: 1n, createdTransaction: ZERO_HASH, snapshot: 3n, deadline: 9n, clock: 12n,
  clockMode: "rounds", state: "succeeded", etaSeconds: undefined, forWei: 0n, againstWei: 0n, abstainWei: 0n, quorumWei: 333n, quorumCounts: ["for", "against", "abstain"], rules: "livepeer-governor", timelock: undefined, token: undefined,
};
const U = stake("U", { delegated: 400n, own: 400n, to: "U" });
const V = stake("V", { delegated: 400n, own: 400n, to: "V" });

function count(input: TallyInput, rules: readonly RuleSetId[]): VoteCount {
  const counted = rules.map((each) => tallyUnder(each, input)).map((result) => ({ result, analysis: analyseTally(result) }));
  return { input, counted, uncountable: [], disagree: new Set(counted.map(({ result }) => result.outcome === "passed")).size > 1, contract: compareWithContract(input), written: undefined };
}

test("rule-sets that disagree are named loudly, with what each comes to", () => {
  const text = formatTally(count(tallyInput(cast(["U", "for"], ["V", "against"]), [U, V]), ["lip-16", "livepeer-governor"]));
  expect(text).toContain("THE RULE-SETS DISAGREE: it passes under livepeer-governor; it does not under lip-16");
});

test("a success by abstentions alone is named", () => {
  const input = { ...tallyInput(cast(["U", "abstain"]), [U]), vote: governorVote, contract: { forWei: 0n, againstWei: 0n, abstainWei: 400n } };
  const counted = count(input, ["livepeer-governor"]);
  expect(formatTally(counted)).toContain("ABSTENTIONS ALONE: under livepeer-governor this passes although nobody voted for it");
  expect(contradicted(counted)).toBeUndefined();
});

test("a contract that has counted otherwise, or says otherwise what came of it, ends with exit code 7", () => {
  const input = { ...tallyInput(cast(["U", "for"]), [U]), vote: governorVote };
  const counted = count({ ...input, contract: { forWei: 401n, againstWei: 0n, abstainWei: 0n } }, ["lip-16"]);
  expect(formatTally(counted)).toContain("THE CONTRACT HAS COUNTED OTHERWISE: it has counted 401 for");
  expect(contradicted(counted)).toMatchObject({ code: "LPCTL_TALLY_CONTRACT_DIFFERS", exit: 7 });
  const contract = { forWei: 400n, againstWei: 0n, abstainWei: 0n };
  expect(compareWithContract({ ...input, contract })).toEqual({ agrees: true, why: undefined });
  expect(compareWithContract({ ...input, contract, vote: { ...governorVote, state: "defeated" } })?.why).toBe("it says the vote is defeated; by livepeer-governor the vote has passed");
  expect(compareWithContract(input)?.agrees).toBe(false);
});

test("the margin is told in LPT and to the wei, with who could have turned it", () => {
  const text = formatTally(count(tallyInput(cast(["U", "for"]), [U]), ["lip-16"]));
  expect(text).toContain("(199 wei) above the");
  expect(text).toContain("one voter could turn it by voting otherwise");
  expect(text).toContain(account("U"));
  expect(tallyResult(count(tallyInput([], []), ["lip-16"]))).toMatchObject({ results: [{ outcome: "invalid", analysis: { quorumMarginWei: -334n, flip: null } }] });
});

test("a vote has rules of its own, and unknown ones are refused with the known ones", () => {
  expect([ownRules(poll), ownRules(governorVote)]).toEqual(["lip-16", "livepeer-governor"]);
  expect(parseRules("all", governorVote)).toEqual(["livepeer-governor", "lip-16", "livepeer-explorer", "stake-governor", "oz-governor"]);
  expect(parseRules("oz-governor", poll)).toEqual(["oz-governor"]);
  expect(() => parseRules("lip16", poll)).toThrow("There is no rule-set \"lip16\"");
});

test("one transcoder turns a vote by staying away, where transcoders themselves have just cast enough", () => {
  const result = tallyUnder("stake-governor", tallyInput(cast(["U", "for"], ["V", "for"], ["W", "for"]), [U, V, stake("W", { delegated: 10n, own: 10n, to: "W" })], { transcoderQuorumWei: 801n }));
  expect(analyseTally(result).flip).toEqual({ by: "not-voting", voters: [{ voter: account("U"), effectiveWei: 400n }], isSmallest: true, atLeast: 1 });
});
