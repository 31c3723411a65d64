import { describe, expect, test } from "vitest";
import { governorInterface } from "../../../../src/voting/governor-contract.ts";
import { nextStep } from "../../../../src/lifecycle/votes/execute-vote.ts";
import { account, governorVote } from "./some-votes.ts";

const nameOf = (step: ReturnType<typeof nextStep>): string | undefined => ("call" in step ? governorInterface.parseTransaction({ data: step.call.data })?.name : undefined);

describe("what a governor's vote needs next", () => {
  test("is to be queued behind a timelock, and to be executed without one", () => {
    expect(nameOf(nextStep(governorVote({ state: "succeeded" }), 0n))).toBe("queue");
    expect(nameOf(nextStep(governorVote({ state: "succeeded", timelock: undefined }), 0n))).toBe("execute");
  });

  test("is the timelock's delay, to the second, and then to be executed", () => {
    const queued = governorVote({ state: "queued", etaSeconds: 1_700_000_000n });
    expect(nextStep(queued, 1_699_999_999n)).toEqual({ step: "wait", waitingFor: "the timelock's delay, until 2023-11-14T22:13:20.000Z", untilSeconds: 1_700_000_000n });
    expect(nameOf(nextStep(queued, 1_700_000_000n))).toBe("execute");
  });

  test("is votes while it is pending or open, until when nobody can say in seconds", () => {
    expect(nextStep(governorVote({ state: "pending" }), 0n)).toMatchObject({ step: "wait", untilSeconds: undefined });
    expect(nextStep(governorVote({ clockMode: "blocks" }), 0n)).toMatchObject({ waitingFor: "votes, which are taken until block 20 (it is 12)" });
  });

  test.each(["canceled", "defeated", "expired"] as const)("is nothing, ever, once it is %s", (state) => {
    expect(nextStep(governorVote({ state }), 0n).step).toBe("never");
  });

  test("is nothing once it is executed", () => {
    expect(nextStep(governorVote({ state: "executed" }), 0n)).toEqual({ step: "done" });
  });

  test("takes the ether along that its calls need where no timelock holds it", () => {
    const calls = [3n, 4n].map((valueWei) => ({ to: account("9"), valueWei, data: "0x" as const }));
    const step = nextStep(governorVote({ state: "succeeded", timelock: undefined, calls }), 0n);
    expect("call" in step && step.call.valueWei).toBe(7n);
  });
});
