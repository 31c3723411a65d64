import { describe, expect, test } from "vitest";
import { applyPolicy } from "../../../src/checks/apply-policy.ts";
import { beforeActing } from "../../../src/checks/before-acting.ts";
import { beforeItIsKept } from "../../../src/checks/before-it-is-kept.ts";
import { judgePolls, type PollCondition, type PollOutcome } from "../../../src/checks/poll-condition.ts";
import { pollHeeded } from "../../../src/checks/poll-heeded.ts";
import { requiredPoll } from "../../../src/checks/required-poll.ts";
import type { Intent } from "../../../src/proposal/intent.ts";
import { CHANGE_KINDS, type Policy } from "../../../src/protocol/policy.ts";
import { address } from "../proposal/example-proposal.ts";
import { context, proposal, simulation, word } from "./check-fixtures.ts";

const LPT = 10n ** 18n;
const REPORT = word("abc");
const CREATOR = address("c0");
const SAFE = address("5afe");

function poll(state: PollOutcome["state"], more: Partial<PollOutcome> = {}): PollOutcome {
  const isOver = state !== "running" && state !== "settling";
  const count = { forWei: 600n * LPT, againstWei: 400n * LPT, participationWei: 1000n * LPT, quorumWei: 333n * LPT, voters: 1 };
  return { address: address("b0"), reportHash: REPORT, endBlock: 77n, state, count: isOver ? count : undefined, ...more };
}

function condition(polls: PollOutcome[], more: Partial<PollCondition> = {}): PollCondition {
  return { rules: "lip-16", creator: CREATOR, polls, foreign: [], evidence: [REPORT], ...more };
}

const codeOf = (polls: PollOutcome[], more?: Partial<PollCondition>): string => judgePolls(condition(polls, more)).finding.code;

describe("the polls about a proposal", () => {
  test("have decided once one passed on the report that is kept, and the count is told", () => {
    const { state, finding } = judgePolls(condition([poll("passed")]));
    expect(state).toBe("passed");
    expect(finding).toMatchObject({ severity: "info", code: "poll-counted", detail: "600 LPT for, 400 LPT against, 1 voter; 1000 LPT took part, the quorum is 333 LPT; it ended with block 77" });
  });

  test.each([
    ["nobody created one", [], "poll-missing"],
    ["one is running", [poll("running")], "poll-running"],
    ["the last block of one is not final", [poll("settling")], "poll-running"],
    ["one failed", [poll("rejected")], "poll-failed"],
    ["the quorum was missed", [poll("invalid")], "poll-invalid"],
    ["its report is not the one that is kept", [poll("passed", { reportHash: word("def") })], "poll-other-report"],
    ["its text names no report", [poll("passed", { reportHash: undefined })], "poll-other-report"],
  ])("refuse where %s", (_what, polls, code) => {
    expect(judgePolls(condition(polls)).finding).toMatchObject({ severity: "refuse", code });
  });

  test("are decided by the last one that reached its quorum", () => {
    expect(codeOf([poll("rejected"), poll("passed")])).toBe("poll-counted");
    expect(codeOf([poll("passed"), poll("rejected")])).toBe("poll-failed");
    // Whoever has the stake to create a poll could otherwise stop any proposal, for as long as they like.
    expect(codeOf([poll("passed"), poll("invalid")])).toBe("poll-counted");
    expect(codeOf([poll("passed"), poll("running")])).toBe("poll-counted");
    expect(codeOf([poll("rejected"), poll("running")])).toBe("poll-running");
    expect(codeOf([poll("invalid"), poll("running")])).toBe("poll-running");
  });

  test("of another factory are told and never counted", () => {
    const foreign = [{ poll: address("f0"), creator: address("f1") }];
    expect(judgePolls(condition([], { foreign })).finding).toMatchObject({ severity: "refuse", code: "poll-foreign", detail: expect.stringContaining(CREATOR) });
    expect(judgePolls(condition([], { foreign, creator: undefined })).finding.detail).toContain("none is registered");
    expect(codeOf([poll("running")], { foreign })).toBe("poll-running");
  });

  test("cannot be where no PollCreator is registered", () => {
    expect(judgePolls(condition([], { creator: undefined })).finding.detail).toContain("no PollCreator is registered");
  });

  test("count on evidence that was kept after a newer one was written", () => {
    expect(codeOf([poll("passed")], { evidence: [word("def"), REPORT] })).toBe("poll-counted");
  });

  test("are asked for nowhere but where the policy does", () => {
    expect(pollHeeded.find(proposal, simulation(), context)).toEqual([]);
    expect(pollHeeded.find(proposal, simulation(), { ...context, poll: condition([]) }).map(({ code }) => code)).toEqual(["poll-missing"]);
  });
});

describe("a policy that requires a poll", () => {
  const policy: Policy = { refuse: [], allow: [], requires: { vote: "poll", rules: "lip-16", for: CHANGE_KINDS } };
  const found = (applied: Policy | undefined) => applyPolicy([judgePolls(condition([])).finding], applied, { name: "001-change", id: proposal.id });

  test("lets a proposal be prepared, simulated and read before, and not be signed", () => {
    for (const before of [policy, beforeItIsKept(policy)]) expect(found(before)).toMatchObject([{ severity: "info", detail: expect.stringContaining("refuses to sign or execute") }]);
    expect(found(beforeActing(policy))).toMatchObject([{ severity: "refuse" }]);
  });

  test("can be answered for by a person, in one proposal", () => {
    const allow = [{ finding: "poll-missing", proposal: "001-change", reason: "an emergency, agreed on by the council" }];
    expect(found(beforeActing({ ...policy, allow }))).toMatchObject([{ severity: "warning", detail: expect.stringContaining("agreed on by the council") }]);
    expect(found(beforeActing({ ...policy, allow: [{ ...allow[0]!, finding: "poll-failed" }] }))).toMatchObject([{ severity: "refuse" }]);
  });

  test("is asked by the kinds of changes that it names", () => {
    const pause: Intent = { kind: "pause", controller: address("c1") };
    const calls = (to: string, data: `0x${string}`): Intent => ({ kind: "calls", calls: [{ to: to as `0x${string}`, valueWei: 0n, data }] });
    const asks = (kinds: (typeof CHANGE_KINDS)[number][], ...intents: Intent[]): boolean =>
      requiredPoll({ ...policy, requires: { vote: "poll", rules: "lip-16", for: kinds } }, { intents, authorities: [{ kind: "safe", address: SAFE }] }) !== undefined;
    expect(asks(["pause"], pause)).toBe(true);
    expect(asks(["upgrade"], pause)).toBe(false);
    expect(asks(["calls"], pause, calls(address("a"), "0x12345678"))).toBe(true);
    // What only concerns the Safe: a rejection of a nonce changes nothing, its settings are a kind of their own.
    expect(asks([...CHANGE_KINDS], calls(SAFE, "0x"))).toBe(false);
    expect(asks(["calls"], calls(SAFE, "0x12345678"))).toBe(false);
    expect(asks(["change-safe"], calls(SAFE, "0x12345678"))).toBe(true);
    expect(asks(["calls"], calls(SAFE, "0x"), calls(address("a"), "0x"))).toBe(true);
    // Stake decides there already, and more bindingly.
    expect(requiredPoll(policy, { intents: [pause], authorities: [{ kind: "timelock", address: address("71") }, { kind: "vote-governor", address: address("60") }] })).toBeUndefined();
    expect(requiredPoll({ refuse: [], allow: [] }, { intents: [pause], authorities: [] })).toBeUndefined();
  });
});
