import { describe, expect, test } from "vitest";
import { formatTurnout } from "../../../src/handover/turnout/format-turnout.ts";
import { requireReachable } from "../../../src/handover/turnout/read-turnout.ts";
import { simulateTurnout, type PastTurnout, type TurnoutRequest } from "../../../src/handover/turnout/simulate-turnout.ts";
import type { Distribution } from "../../../src/handover/target/target-schema.ts";

const QUORUM = { quorumShare: 1 / 3, transcoderShare: 0 };
const run = (more: Partial<TurnoutRequest>) => simulateTurnout({ needed: QUORUM, source: stated({ shares: [0.5] }), draws: 10_000, seed: 1n, bar: 0.9, ...more });
const stated = (turnout: Distribution, transcoders?: Distribution): TurnoutRequest["source"] => ({ kind: "stated", turnout, transcoders });
const past = (...shares: number[]): TurnoutRequest["source"] => ({ kind: "past", votes: shares.map((share): PastTurnout => ({ vote: "1", share, transcoderShare: share / 2 })) });

describe("the probability that a vote reaches its quorum", () => {
  test("is that of the shares that somebody states", () => {
    expect(run({ source: stated({ shares: [0.2, 0.4] }) }).probability).toBeCloseTo(0.5, 1);
    expect(run({ source: stated({ shares: [1 / 3] }) }).probability).toBe(1);
    expect(run({ source: stated({ shares: [0.333] }) }).probability).toBe(0);
  });

  test.each([
    ["triangular", { triangular: { least: 0, mode: 0, most: 1 } }, (2 / 3) ** 2],
    ["rising triangular", { triangular: { least: 0, mode: 1, most: 1 } }, 8 / 9],
    ["even beta", { beta: { alpha: 1, beta: 1 } }, 2 / 3],
    ["beta below one", { beta: { alpha: 0.5, beta: 0.5 } }, 0.608],
    ["beta of 2 and 1", { beta: { alpha: 2, beta: 1 } }, 8 / 9],
  ])("is that of a %s distribution", (_, distribution, expected) => {
    expect(Math.abs(run({ source: stated(distribution) }).probability - expected)).toBeLessThan(0.015);
  });

  test("takes both quorums into account, and no more transcoders than voters", () => {
    const needed = { quorumShare: 0.3, transcoderShare: 0.25 };
    const result = run({ needed, source: stated({ shares: [0.2, 0.4] }, { shares: [0.1, 0.9] }) });
    expect(result.quorumProbability).toBeCloseTo(0.5, 1);
    expect(result.transcoderProbability).toBeCloseTo(0.25, 1);
    expect(result.probability).toBe(result.transcoderProbability);
  });

  test("lies lower the less is known: one vote above the quorum is no certainty", () => {
    const [one, many] = [run({ source: past(0.4) }), run({ source: past(0.4, 0.41, 0.42, 0.4, 0.39, 0.4, 0.41, 0.42) })];
    expect(one.probability).toBeGreaterThan(0.5);
    expect(one.probability).toBeLessThan(0.7);
    expect(many.probability).toBeGreaterThan(one.probability + 0.15);
    expect(run({ source: past(0) }).probability).toBe(0);
    expect(run({ source: past(1) }).probability).toBe(1);
  });

  test("is the same for the same seed, and another for another", () => {
    const [first, again, other] = [1n, 1n, 2n].map((seed) => run({ source: past(0.3, 0.4), seed }));
    expect(again?.drawn).toEqual(first?.drawn);
    expect(other?.drawn).not.toEqual(first?.drawn);
  });

  test("is shown as a chart with the quorum in it, and refuses below the bar unless somebody says why", () => {
    const poor = run({ source: past(0.2, 0.3) });
    const text = formatTurnout(poor, { width: 80, ascii: true }).join("\n");
    expect(text).toMatch(/-- quorum 33% -+/);
    expect(text).toContain("THAT IS NOT enough: at least 90.0%");
    expect(text.split("\n").filter((line) => line.startsWith("--") || line.includes("|")).every((line) => line.length <= 80)).toBe(true);
    expect(() => requireReachable(poor, undefined)).toThrow(/wanted/);
    expect(() => requireReachable(poor, "promised")).not.toThrow();
    expect(() => requireReachable(run({}), undefined)).not.toThrow();
  });
});
