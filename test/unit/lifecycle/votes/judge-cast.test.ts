import { describe, expect, test } from "vitest";
import { parseChoice } from "../../../../src/lifecycle/votes/choice.ts";
import { judgePower, judgeVote } from "../../../../src/lifecycle/votes/judge-cast.ts";
import { codeOf, CREATOR, governorVote, LPT, poll, power, TRANSCODER, VOTER } from "./some-votes.ts";

describe("a choice", () => {
  test.each([["for", "for"], ["yes", "for"], ["against", "against"], ["no", "against"], ["abstain", "abstain"]])("%s is %s", (word, choice) => {
    expect(parseChoice(word)).toBe(choice);
  });

  test.each(["", "FOR", "2", "maybe", "toString", "__proto__"])("is not %j", (word) => {
    expect(codeOf(() => parseChoice(word))).toBe("LPCTL_VOTE_WRONG_CHOICE");
  });
});

describe("a vote that nobody can vote in", () => {
  test.each([
    ["pending", "LPCTL_VOTE_NOT_OPEN"],
    ["canceled", "LPCTL_VOTE_CANCELED"],
    ["executed", "LPCTL_VOTE_EXECUTED"],
    ["defeated", "LPCTL_VOTE_CLOSED"],
    ["succeeded", "LPCTL_VOTE_CLOSED"],
    ["queued", "LPCTL_VOTE_CLOSED"],
    ["expired", "LPCTL_VOTE_CLOSED"],
  ] as const)("because it is %s is refused", (state, code) => {
    expect(codeOf(() => judgeVote(governorVote({ state }), "for"))).toBe(code);
  });

  test("because its poll is over, or was made by somebody else, is refused", () => {
    expect(codeOf(() => judgeVote(poll({ state: "over" }), "for"))).toBe("LPCTL_VOTE_CLOSED");
    expect(codeOf(() => judgeVote(poll({ foreign: true, creator: CREATOR }), "for"))).toBe("LPCTL_VOTE_FOREIGN_POLL");
  });

  test("with an abstention, because a poll counts none, is refused before anything else", () => {
    expect(codeOf(() => judgeVote(poll({ state: "over" }), "abstain"))).toBe("LPCTL_VOTE_WRONG_CHOICE");
  });
});

test("an open vote takes every choice that it counts", () => {
  for (const choice of ["for", "against", "abstain"] as const) judgeVote(governorVote(), choice);
  for (const choice of ["for", "against"] as const) judgeVote(poll(), choice);
});

describe("a voter", () => {
  test("who has voted in a governor's vote does not again, whatever the choice", () => {
    const voted = power({ hasVoted: true, choice: "for" });
    expect(codeOf(() => judgePower(governorVote(), "against", voted))).toBe("LPCTL_VOTE_ALREADY_CAST");
    expect(codeOf(() => judgePower(governorVote(), "for", voted))).toBe("LPCTL_VOTE_ALREADY_CAST");
  });

  test("who has voted in a poll may change the choice, is told the earlier one, and does not repeat it", () => {
    const voted = power({ hasVoted: true, choice: "for", isDecided: false });
    expect(judgePower(poll(), "against", voted)).toContainEqual(`This replaces the earlier vote of ${VOTER}: yes.`);
    expect(codeOf(() => judgePower(poll(), "for", voted))).toBe("LPCTL_VOTE_ALREADY_CAST");
  });

  test("without power at the snapshot is refused; in a poll, whose moment is to come, only told", () => {
    const none = { weightWei: 0n, takesFrom: undefined, canCount: { yes: false, why: "it had no stake" } } as const;
    expect(codeOf(() => judgePower(governorVote(), "for", power(none)))).toBe("LPCTL_VOTE_NO_POWER");
    expect(judgePower(poll(), "for", power({ ...none, isDecided: false }))).toContainEqual("As things stand this vote does not count: it had no stake.");
  });

  test("learns whom the weight is taken from, and what that one has said", () => {
    expect(judgePower(governorVote(), "for", power())).toEqual([`Takes 300 LPT out of the vote of the transcoder ${TRANSCODER}, which has not voted yet.`]);
    const takesFrom = { transcoder: TRANSCODER, weightWei: 300n * LPT, hasVoted: true, choice: "against" } as const;
    expect(judgePower(poll(), "for", power({ takesFrom }))).toContainEqual(`Takes 300 LPT out of the vote of the transcoder ${TRANSCODER}, which has voted no.`);
  });

  test("who is a transcoder learns how much delegators have taken, and that it may be all", () => {
    const transcoder = { account: TRANSCODER, delegate: TRANSCODER, takesFrom: undefined, weightWei: 1_000n * LPT };
    expect(judgePower(governorVote(), "for", power({ ...transcoder, overriddenWei: 300n * LPT }))).toEqual([
      `Delegators of ${TRANSCODER} have voted themselves with 300 LPT of its 1000 LPT.`,
    ]);
    expect(judgePower(governorVote(), "for", power({ ...transcoder, overriddenWei: 1_000n * LPT }))[0]).toMatch(/nothing is left to vote with/);
  });
});
