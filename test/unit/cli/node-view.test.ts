import { stripVTControlCharacters } from "node:util";
import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { eventLine, renderNodeView } from "../../../src/cli/node-view.ts";
import type { RunnerReport } from "../../../src/node/runner/runner-process.ts";
import type { ActorStatus, RunnerEvent, RunnerStatus } from "../../../src/node/runner/runner-status.ts";

const STYLE = new Chalk({ level: 1 });
const LPT = 10n ** 18n;
const ADDRESS = `0x${"ab".repeat(20)}` as const;

const actor = (name: string, role: ActorStatus["role"], health: ActorStatus["health"] = { state: "ok" }): ActorStatus => ({ name, role, address: ADDRESS, misbehaviour: null, health });

const STATUS: RunnerStatus = {
  profile: "launch",
  seed: 7n,
  block: 1_124n,
  blockTimestampSeconds: 1_700_000_000n,
  paused: false,
  round: { number: 22n, startBlock: 1_100n, endBlock: 1_150n, initialized: true, locked: false },
  supplyWei: 10_001_234n * LPT,
  bondedWei: 4_400_000n * LPT,
  bondedPpm: 440_000n,
  inflation: { raw: 143n, human: "0.0143% per round" },
  mintableWei: 1_430n * LPT,
  mintedWei: 700n * LPT,
  activeSet: [
    { address: ADDRESS, name: "transcoder 1", stakeWei: 2_000_000n * LPT, lastRewardRound: 22n },
    { address: ADDRESS, name: null, stakeWei: 1_000n * LPT, lastRewardRound: 3n },
  ],
  work: { rounds: 5n, rewards: 9n, missedRewards: 1n, jobs: 4n, claims: 8n, verifications: 3n, slashes: 0n, feesWei: 0n, tickets: 0n, votes: 0n, movedWei: 0n },
  actors: [
    actor("round initializer", "round-initializer"),
    actor("transcoder 1", "transcoder"),
    { ...actor("transcoder 2", "transcoder", { state: "failing", reason: "calls reward for round 22: BondingRoundLocked()" }), misbehaviour: "late-reward" },
    ...Array.from({ length: 50 }, (_, at) => actor(`delegator ${at + 1}`, "delegator", at < 9 ? { state: "waiting", reason: "the protocol is paused" } : { state: "ok" })),
  ],
  events: Array.from({ length: 100 }, (_, at): RunnerEvent => ({ sequence: at + 1, block: 1_000n + BigInt(at), round: 20n, kind: "reward", actor: "transcoder 1", text: `transcoder 1 minted ${at} LPT` })),
  chain: { reachable: true },
  roundsPerSecond: 3.5,
};
const REPORT: RunnerReport = { state: "running", account: "The actors are at work.", pid: 1, startedAt: null, heartbeatAt: null, status: STATUS };
const view = (report: RunnerReport, size = { columns: 100, rows: 40 }): string[] => renderNodeView({ chain: "local chain at http://127.0.0.1:8545", runner: report }, STYLE, size);
const plain = (lines: string[]): string => stripVTControlCharacters(lines.join("\n"));

describe("the live view", () => {
  test("tells round, bonded share, inflation, active set, work, health and the newest events", () => {
    const text = plain(view(REPORT));
    expect(text).toContain("round      22  ████████░░░░░░░░ 25/50  block 1124  initialized  3.5 rounds/s");
    expect(text).toContain("bonded     44.00% of 10,001,234.00 LPT");
    expect(text).toContain("inflation  0.0143% per round; minted 700.00 LPT of 1,430.00 LPT");
    expect(text).toContain("4 jobs, 8 claims, 3 verified, 0 slashed, 9 rewards, 1 missed");
    expect(text).toMatch(/transcoder 1 +2,000,000\.00 LPT {2}✔ rewarded/);
    expect(text).toContain("✖ transcoder 2 (late-reward)");
    expect(text).toContain("✖ failing: transcoder 2: calls reward for round 22: BondingRoundLocked()");
    expect(text).toContain("◷ waiting: 9 actors: the protocol is paused");
    expect(text).toContain("41 of 50 delegators well");
    expect(text).toContain("transcoder 1 minted 99 LPT");
    expect(text).toContain("q leaves this view; the node runs on");
  });

  test.each([[20, 5], [40, 12], [80, 24], [200, 60]])("fits a terminal of %d by %d", (columns, rows) => {
    const lines = view(REPORT, { columns, rows });
    expect(lines.length).toBeLessThan(rows);
    expect(lines.filter((line) => stripVTControlCharacters(line).length > columns)).toEqual([]);
  });

  test("shows on a small terminal a part of the active set, all names, the newest events and how to leave", () => {
    const activeSet = Array.from({ length: 20 }, (_, at) => ({ address: ADDRESS, name: `transcoder ${at + 1}`, stakeWei: LPT, lastRewardRound: 22n }));
    const actors = ["round initializer", "transcoder 3 (double-claim)", "transcoder 4 (missed-verification)", "broadcaster"].map((name) => actor(name, "transcoder"));
    const lines = plain(view({ ...REPORT, status: { ...STATUS, activeSet, actors } }, { columns: 80, rows: 24 })).split("\n");
    expect(lines.filter((line) => line.includes("…"))).toEqual([]);
    expect(lines).toContainEqual("and 13 more");
    expect(lines).toContainEqual(expect.stringMatching(/transcoder 4 \(missed-verification\) +✔ broadcaster$/));
    expect(lines.slice(-4)).toEqual([...[97, 98, 99].map((amount) => expect.stringContaining(`minted ${amount} LPT`)), "q leaves this view; the node runs on"]);
  });

  test("says what is known when there is no status", () => {
    expect(plain(view({ ...REPORT, state: "entering", account: "The actors are getting their stake.", status: null }))).toContain("◷ The actors are getting their stake.");
  });

  test("shows harmless text only", () => {
    const event: RunnerEvent = { sequence: 1, block: 1n, round: 1n, kind: "health", actor: null, text: "fails: \u001b[2Jgone\u202e" };
    const line = eventLine(event, new Chalk({ level: 0 }));
    expect([line.includes("\u001b"), line.includes("\u202e")]).toEqual([false, false]);
  });
});
