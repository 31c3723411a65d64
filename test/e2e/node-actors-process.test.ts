import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isProcessAlive } from "../../src/chain/process-alive.ts";
import { pollUntil } from "../../src/chain/poll.ts";
import { nodePaths, saveNodeRecord, type NodeRecord } from "../../src/node/node-record.ts";
import { readGenesisHash } from "../../src/node/observe-node.ts";
import { loadRunnerSettings, runnerPaths, type RunnerSettings } from "../../src/node/runner/runner-files.ts";
import { readRunnerStatus, startRunner, stopRunner, type RunnerReport } from "../../src/node/runner/runner-process.ts";
import { startActorChain, type ActorChain } from "./actor-chain.ts";

let chain: ActorChain;
let folder: string;
let record: NodeRecord;
let settings: RunnerSettings;

beforeAll(async () => {
  chain = await startActorChain("launch", { genesisBlock: 0n });
  folder = await mkdtemp(join(tmpdir(), "lpctl-runner-"));
  await mkdir(nodePaths(folder).folder, { recursive: true });
  record = {
    schema: 2,
    network: "local",
    pid: chain.anvil.pid,
    port: chain.anvil.port,
    rpcUrl: chain.anvil.url,
    chainId: 31337n,
    genesisHash: await readGenesisHash(chain.rpc),
    blockTimeSeconds: 1,
    profile: "launch",
    phase: "eoa",
    startedAt: new Date().toISOString(),
    stoppedAt: null,
    controller: chain.protocol.controller,
    governor: null,
    safe: null,
    contracts: chain.protocol.contracts,
    actors: null,
  };
  await saveNodeRecord(folder, record);
  settings = {
    rpcUrl: chain.anvil.url,
    controller: chain.protocol.controller,
    cast: { profile: "launch", seed: 7n, transcoders: 2, delegators: 2, misbehaviour: ["late-reward"] },
    speed: { kind: "fast" },
  };
});
afterAll(async () => {
  await stopRunner(folder);
  await chain.anvil.stop();
  await rm(folder, { recursive: true, force: true });
});

function waitFor(holds: (report: RunnerReport) => boolean, what: string): Promise<RunnerReport> {
  return pollUntil(
    async () => {
      const report = await readRunnerStatus(folder);
      return holds(report) ? report : undefined;
    },
    { deadlineMs: 30_000, intervalMs: 50, what },
  );
}

test("a runner works on by itself, and its report says what happens", async () => {
  expect((await readRunnerStatus(folder)).state).toBe("none");
  const { pid } = await startRunner(folder, settings);
  const report = await waitFor(({ status }) => (status?.work.rounds ?? 0n) >= 2n, "two rounds");
  expect(report).toMatchObject({ state: "running", pid, account: "The actors are at work." });
  expect(report.status?.actors.map(({ name, misbehaviour }) => [name, misbehaviour])).toContainEqual(["transcoder 2", "late-reward"]);
  expect(report.status?.activeSet).toHaveLength(2);
  expect(await readFile(runnerPaths(folder).log, "utf8")).toMatch(/round \d+ begins/);
  expect(await loadRunnerSettings(folder)).toEqual(settings);
});

test("a runner that is killed is not believed to be alive, and a new one goes on with the same cast", async () => {
  const { pid } = await readRunnerStatus(folder);
  process.kill(pid ?? 0, "SIGKILL");
  const killed = await waitFor(({ state }) => state === "ended", "the kill to be seen");
  expect(killed.account).toBe(`The runner (process ${pid}) has ended without being stopped.`);
  const next = await startRunner(folder, { ...settings, speed: { kind: "paced", blocksPerSecond: 200 } });
  expect(next.pid).not.toBe(pid);
  const before = (await readRunnerStatus(folder)).status?.round.number ?? 0n;
  const report = await waitFor(({ status }) => (status?.round.number ?? 0n) > before, "another round");
  expect(report.status?.actors.filter(({ health }) => health.state === "failing")).toEqual([]);
});

test("a runner that is stopped is gone, and a process that only has its number is left alone", async () => {
  const { pid } = await readRunnerStatus(folder);
  expect(await stopRunner(folder)).toBe(true);
  expect(isProcessAlive(pid ?? 0)).toBe(false);
  expect((await readRunnerStatus(folder)).state).toBe("none");
  expect(await stopRunner(folder)).toBe(false);
});

test("a runner ends by itself when its chain is stopped", async () => {
  const { pid } = await startRunner(folder, settings);
  await saveNodeRecord(folder, { ...record, stoppedAt: new Date().toISOString() });
  const report = await waitFor(({ state }) => state === "ended", "the runner to end");
  expect(report.account).toBe("The actors went home: the chain was stopped.");
  await pollUntil(async () => (isProcessAlive(pid) ? undefined : true), { deadlineMs: 5_000, intervalMs: 20, what: "the process to end" });
});

test("a runner does nothing to another chain on the port of its own", async () => {
  await saveNodeRecord(folder, { ...record, genesisHash: `0x${"00".repeat(32)}` });
  const before = await chain.rpc.blockNumber();
  await expect(startRunner(folder, settings)).rejects.toMatchObject({ code: "LPCTL_RUNNER_DIED", why: "another chain answers where this one was" });
  expect(await chain.rpc.blockNumber()).toBe(before);
});

test("a runner that cannot begin says why", async () => {
  await saveNodeRecord(folder, record);
  await expect(startRunner(folder, { ...settings, cast: { ...settings.cast, transcoders: 1, misbehaviour: ["offline", "offline"] } })).rejects.toMatchObject({
    code: "LPCTL_RUNNER_DIED",
    why: expect.stringContaining("2 misbehaviours need as many transcoders; there are 1."),
  });
  expect(await readRunnerStatus(folder)).toMatchObject({ state: "failed", account: expect.stringContaining("2 misbehaviours") });
});
