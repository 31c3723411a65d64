/** A local chain with actors on it, by the real command. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { pollUntil } from "../../src/chain/poll.ts";
import { isProcessAlive } from "../../src/chain/process-alive.ts";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, documentOf, runLpctl, temporaryFolder } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

interface Found {
  state: string;
  account: string;
  pid: number;
  actors: { state: string; account: string; pid: number; status: { seed: string; round: { number: string }; actors: { name: string; misbehaviour: string | null }[] } | null } | null;
}

const FEW = ["--transcoders", "2", "--delegators", "1"];

/** For what only looks, again and again, while the chain runs as fast as it can. What starts and stops it is the real binary. */
const warm = createWarmLpctl();
afterAll(() => warm.stop());

function project(): string {
  const folder = temporaryFolder();
  onTestFinished(() => endNode(folder));
  return folder;
}

/** Runs a command of `node` and holds its document against the published schema. */
async function run<T>(folder: string, command: "start" | "stop" | "status", ...args: string[]): Promise<T> {
  const line = ["node", command, ...args, "--json"];
  const ran = await (command === "status" ? warm.run({ args: line, cwd: folder, env: cleanEnvironment(folder) }) : runLpctl(line, { cwd: folder }));
  expect(ran.exitCode, ran.stdout).toBe(0);
  return expectDocument(`node ${command}`, ran) as T;
}

function status(folder: string): Promise<Found> {
  return run(folder, "status");
}

async function roundAfter(folder: string, round: bigint): Promise<Found> {
  return pollUntil(
    async () => {
      const found = await status(folder);
      return BigInt(found.actors?.status?.round.number ?? 0n) > round ? found : undefined;
    },
    { deadlineMs: 60_000, intervalMs: 100, what: `a round after ${round}` },
  );
}

async function killHard(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await pollUntil(async () => (isProcessAlive(pid) ? undefined : true), { deadlineMs: 10_000, intervalMs: 10, what: `process ${pid} to end` });
}

describe("a local chain with actors", () => {
  test("lives, loses its runner and its chain, and goes on each time", { timeout: 240_000 }, async () => {
    const folder = project();
    const started = await run<{ pid: number; actors: { pid: number } }>(folder, "start", ...FEW, "--seed", "7", "--misbehave", "offline", "--blocks-per-second", "100", "--phase", "eoa", "--port", String(await freePort()));
    expect(started.actors).toMatchObject({ seed: "7", transcoders: 2, delegators: 1, misbehaviour: ["offline"], fast: false });
    const living = await roundAfter(folder, 2n);
    expect(living.actors).toMatchObject({ state: "running", pid: started.actors.pid, status: { seed: "7" } });
    expect(living.actors?.status?.actors.filter(({ misbehaviour }) => misbehaviour !== null)).toMatchObject([{ name: "transcoder 2", misbehaviour: "offline" }]);
    const refused = await runLpctl(["node", "start", "--json"], { cwd: folder });
    expect(documentOf(refused).error).toMatchObject({ code: "LPCTL_NODE_RUNNING" });

    await killHard(started.actors.pid);
    expect(await status(folder)).toMatchObject({ state: "running", pid: started.pid, actors: { state: "ended" } });
    const rejoined = await run<{ pid: number; cleared: string; actors: { pid: number } }>(folder, "start");
    expect(rejoined).toMatchObject({ pid: started.pid, cleared: expect.stringContaining("has ended without being stopped") as unknown, actors: { seed: "7", transcoders: 2 } });
    await roundAfter(folder, BigInt(living.actors?.status?.round.number ?? 0n));

    await killHard(started.pid);
    expect(await status(folder)).toMatchObject({ state: "stopped", account: expect.stringContaining("It is kept at block") as unknown });
    const resumed = await run<{ pid: number; actors: { pid: number } }>(folder, "start", "--fast");
    expect(isProcessAlive(rejoined.actors.pid)).toBe(false);
    expect(resumed.actors).toMatchObject({ seed: "7", transcoders: 2, misbehaviour: ["offline"], fast: true });
    const { actors } = await status(folder);
    await roundAfter(folder, BigInt(actors?.status?.round.number ?? 0n));

    await run(folder, "stop");
    expect([resumed.pid, resumed.actors.pid].filter(isProcessAlive)).toEqual([]);
    expect(await status(folder)).toMatchObject({ state: "stopped", pid: null });
    await run(folder, "stop", "--forget");
    expect(readdirSync(join(folder, ".lpctl/node")).toSorted()).toEqual([".gitignore", "keys"]);
  });

  test("in the profile current redeems tickets", { timeout: 120_000 }, async () => {
    const folder = project();
    await run(folder, "start", ...FEW, "--profile", "current", "--phase", "stake", "--fast", "--port", String(await freePort()));
    const found = await pollUntil(
      async () => {
        const { actors } = await run<{ actors: { status: { work: { tickets: string } } | null } }>(folder, "status");
        return BigInt(actors.status?.work.tickets ?? 0) > 0n ? actors : undefined;
      },
      { deadlineMs: 60_000, intervalMs: 100, what: "a ticket to be redeemed" },
    );
    expect(found.status).not.toBeNull();
  });

  test("is watched line by line off a terminal, until it is stopped", { timeout: 120_000 }, async () => {
    const folder = project();
    await run(folder, "start", ...FEW, "--fast", "--phase", "eoa", "--port", String(await freePort()));
    const watching = runLpctl(["node", "status", "--watch"], { cwd: folder });
    const { actors } = await status(folder);
    await roundAfter(folder, BigInt(actors?.status?.round.number ?? 0n) + 1n);
    await run(folder, "stop");
    const { exitCode, stdout } = await watching;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/round \d+/);
    expect(stdout).toContain("The local chain is stopped.");
  });

  test("has no pace of zero", async () => {
    const folder = temporaryFolder();
    const ran = await runLpctl(["node", "start", "--block-time", "0", "--json"], { cwd: folder });
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_USAGE_BAD_VALUE", next: "lpctl node start --no-actors --block-time 0" });
    expect(existsSync(join(folder, ".lpctl"))).toBe(false);
  });
});
