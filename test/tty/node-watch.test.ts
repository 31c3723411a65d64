import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodePaths, saveNodeRecord } from "../../src/node/node-record.ts";
import { saveRunnerRecord, type RunnerRecord } from "../../src/node/runner/runner-files.ts";
import type { RunnerStatus } from "../../src/node/runner/runner-status.ts";
import { findFreePort } from "../../src/chain/anvil.ts";
import { pollUntil } from "../../src/chain/poll.ts";
import { cleanEnvironment, runPath } from "../cli/run-lpctl.ts";
import { keys, openTerminal } from "./terminal.ts";

const LPT = 10n ** 18n;
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
let folder: string;
let runner: ChildProcess;

// Only what is on the disk and in the process table is watched, so a process that sleeps under the runner's name will do.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-watch-"));
  mkdirSync(nodePaths(folder).folder, { recursive: true });
  writeFileSync(join(folder, "runner-worker.js"), "setInterval(() => {}, 1_000);\n");
  runner = spawn(process.execPath, [join(folder, "runner-worker.js"), folder], { stdio: "ignore" });
  const port = await findFreePort();
  await saveNodeRecord(folder, {
    schema: 2,
    network: "local",
    pid: 2 ** 22 + 1,
    port,
    rpcUrl: `http://127.0.0.1:${port}`,
    chainId: 31337n,
    genesisHash: `0x${"00".repeat(32)}`,
    blockTimeSeconds: 1,
    profile: "launch",
    phase: "eoa",
    startedAt: new Date().toISOString(),
    stoppedAt: null,
    controller: ADDRESS,
    governor: null,
    safe: null,
    contracts: {},
    actors: { seed: "7", transcoders: 1, delegators: 0, misbehaviour: [], turnoutPercent: 80, fast: false },
  });
});
afterAll(() => {
  runner.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function tell(round: bigint, heartbeatAt = new Date()): Promise<void> {
  const status: RunnerStatus = {
    profile: "launch",
    seed: 7n,
    block: round * 50n,
    blockTimestampSeconds: 1_700_000_000n,
    paused: false,
    round: { number: round, startBlock: round * 50n, endBlock: round * 50n + 50n, initialized: true, locked: false },
    supplyWei: 10_000_000n * LPT,
    bondedWei: 4_000_000n * LPT,
    bondedPpm: 400_000n,
    inflation: { raw: 140n, human: "0.014% per round" },
    mintableWei: 1_400n * LPT,
    mintedWei: 0n,
    activeSet: [{ address: ADDRESS, name: "transcoder 1", stakeWei: 4_000_000n * LPT, lastRewardRound: round - 1n }],
    work: { rounds: round, rewards: 0n, missedRewards: 0n, jobs: 0n, claims: 0n, verifications: 0n, slashes: 0n, feesWei: 0n, tickets: 0n, votes: 0n, movedWei: 0n },
    actors: [{ name: "transcoder 1", role: "transcoder", address: ADDRESS, misbehaviour: null, health: { state: "failing", reason: "reward: BondingRoundLocked()" } }],
    events: [{ sequence: Number(round), block: round * 50n, round, kind: "round", actor: null, text: `round ${round} begins` }],
    chain: { reachable: true },
    roundsPerSecond: 1,
  };
  const record: RunnerRecord = { pid: runner.pid ?? 0, startedAt: new Date(0).toISOString(), heartbeatAt: heartbeatAt.toISOString(), state: "running", reason: null, status };
  return saveRunnerRecord(folder, record);
}

test("the view redraws itself, and q or Ctrl-C leaves it with the terminal as it was", async () => {
  for (const key of ["q", keys.controlC]) {
    await tell(22n);
    const terminal = openTerminal([runPath, "node", "status", "--watch"], { cwd: folder });
    await terminal.see("round      22");
    await terminal.see("failing: transcoder 1: reward: BondingRoundLocked()");
    await tell(23n);
    await terminal.see("round      23");
    await terminal.see("round 23 begins");
    terminal.type(key);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen()).not.toContain("LAST EVENTS");
  }
});

test("off a terminal each event is a line, and the end of the actors ends it", async () => {
  await tell(30n);
  const watching = spawn(process.execPath, [runPath, "node", "status", "--watch"], { cwd: folder, env: cleanEnvironment(folder), stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => watching.on("close", resolve));
  let stdout = "";
  watching.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const see = (line: string): Promise<true> => pollUntil(async () => (stdout.includes(line) ? true : undefined), { deadlineMs: 20_000, intervalMs: 20, what: line });
  await see("block 1500  round 30  round 30 begins\n");
  await tell(31n);
  await see("block 1550  round 31  round 31 begins\n");
  runner.kill("SIGKILL");
  expect(await ended).toBe(0);
  expect(stdout).toContain("has ended without being stopped.");
  expect(stdout).not.toContain("\u001b");
});
