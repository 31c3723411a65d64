/** A local chain outlives its processes: stopped, killed, started again. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { pollUntil } from "../../src/chain/poll.ts";
import { isProcessAlive } from "../../src/chain/process-alive.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import type { StartedNode } from "../../src/node/chain-start.ts";
import { LOCAL_BALANCE_WEI } from "../../src/node/local-genesis.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { SetupSender } from "../../src/node/setup-sender.ts";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { cleanEnvironment, documentOf, runLpctl, runPath, temporaryFolder, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

/** The first test has a process for each command, and what is killed is one; for the rest it makes no difference who starts anvil. */
const warm = createWarmLpctl();

// anvil writes its state every 15 seconds: the chain that waits for it does so while the other tests run.
let unstopped: { folder: string; node: StartedNode; height: bigint };
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-test-"));
  const started = await start(folder, "--phase", "eoa", "--port", String(await freePort()));
  await write(started, 654n);
  unstopped = { folder, node: started, height: await new Rpc(started.rpcUrl).blockNumber() };
});
afterAll(async () => {
  await warm.stop();
  await endNode(unstopped.folder);
  rmSync(unstopped.folder, { recursive: true, force: true });
});

function project(): string {
  const folder = temporaryFolder();
  onTestFinished(() => endNode(folder));
  return folder;
}

type Run = (folder: string, ...args: string[]) => Promise<Ran>;
const node: Run = (folder, ...args) => warm.run({ args: ["node", ...args, "--json"], cwd: folder, env: cleanEnvironment(folder) });
const binary: Run = (folder, ...args) => runLpctl(["node", ...args, "--json"], { cwd: folder });

async function succeed(folder: string, ...args: string[]): Promise<Record<string, unknown>> {
  return succeedBy(node, folder, ...args);
}

async function succeedBy(run: Run, folder: string, ...args: string[]): Promise<Record<string, unknown>> {
  const ran = await run(folder, ...args);
  expect(ran.exitCode, ran.stdout).toBe(0);
  return documentOf(ran).result as Record<string, unknown>;
}

async function start(folder: string, ...args: string[]): Promise<StartedNode> {
  return startBy(node, folder, ...args);
}

async function startBy(run: Run, folder: string, ...args: string[]): Promise<StartedNode> {
  return (await succeedBy(run, folder, "start", "--no-actors", ...args)) as unknown as StartedNode;
}

async function refusal(folder: string, ...args: string[]): Promise<{ exitCode: number | null; error: Record<string, unknown> | undefined }> {
  const ran = await node(folder, "start", ...args);
  return { exitCode: ran.exitCode, error: documentOf(ran).error };
}

async function killHard(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await pollUntil(async () => (isProcessAlive(pid) ? undefined : true), { deadlineMs: 10_000, intervalMs: 10, what: `process ${pid} to end` });
}

/** Writes something new on the chain: another verification rate, and a transfer. */
async function write({ rpcUrl, contracts }: StartedNode, rate: bigint): Promise<void> {
  const { deployer, delegator } = localAccounts();
  const sender = await SetupSender.from(new Rpc(rpcUrl), deployer.address);
  sender.call(contracts["JobsManager"] ?? deployer.address, "function setVerificationRate(uint64 rate)", [rate]);
  sender.call(contracts["LivepeerToken"] ?? deployer.address, "function transfer(address to, uint256 value)", [delegator.address, 1n]);
  await sender.flush();
}

async function read({ contracts }: StartedNode, rpcUrl: string): Promise<{ rate: unknown; balance: unknown }> {
  const rpc = new Rpc(rpcUrl);
  const { JobsManager, LivepeerToken } = contracts;
  if (JobsManager === undefined || LivepeerToken === undefined) throw new Error("not deployed");
  const [rate, balance] = await Promise.all([
    readFunction(rpc, JobsManager, "function verificationRate() view returns (uint64)"),
    readFunction(rpc, LivepeerToken, "function balanceOf(address) view returns (uint256)", [localAccounts().broadcaster.address]),
  ]);
  return { rate: rate[0], balance: balance[0] };
}

describe("a local chain that was stopped", () => {
  test("goes on where it was: blocks, parameters, balances, contracts, keys and network", async () => {
    const folder = project();
    const first = await startBy(binary, folder, "--phase", "eoa", "--chain-id", "4242", "--port", String(await freePort()));
    await write(first, 321n);
    const height = await new Rpc(first.rpcUrl).blockNumber();
    const configuration = readFileSync(join(folder, "lpctl.yaml"), "utf8");
    const stopped = await succeedBy(binary, folder, "stop");
    expect(BigInt(stopped["keptAtBlock"] as string)).toBeGreaterThanOrEqual(height);
    expect(await succeed(folder, "status")).toMatchObject({ state: "stopped", pid: null, chainId: "4242", phase: "eoa", keptAtBlock: stopped["keptAtBlock"] });

    const second = await startBy(binary, folder);
    expect(second).toMatchObject({ chainId: "4242", phase: "eoa", contracts: first.contracts, keys: first.keys, rpcUrl: first.rpcUrl, resumedAtBlock: stopped["keptAtBlock"], cleared: null });
    expect(await read(first, second.rpcUrl)).toEqual({ rate: 321n, balance: LOCAL_BALANCE_WEI });
    expect(await new Rpc(second.rpcUrl).blockNumber()).toBeGreaterThanOrEqual(height);
    expect(readFileSync(join(folder, "lpctl.yaml"), "utf8")).toBe(configuration);
    await write(second, 322n);

    // Each time anew: a state that went through two processes is loaded as well as one that went through one.
    for (let time = 0; time < 4; time++) {
      await succeed(folder, "stop");
      await start(folder);
    }
    expect(await read(first, second.rpcUrl)).toEqual({ rate: 322n, balance: LOCAL_BALANCE_WEI });
  });

  test("keeps its clock when it was turned ahead, and status says so", async () => {
    const folder = project();
    const { rpcUrl } = await start(folder, "--phase", "eoa", "--block-time", "0", "--port", String(await freePort()));
    const rpc = new Rpc(rpcUrl);
    await rpc.request("evm_increaseTime", [5000], z.unknown());
    await rpc.request("evm_mine", [], z.unknown());
    const before = await rpc.block("latest");
    expect(await succeed(folder, "status")).toMatchObject({ account: expect.stringMatching(/clock is \d+ s ahead/) as unknown });
    await succeed(folder, "stop");
    await start(folder);
    await rpc.request("evm_mine", [], z.unknown());
    const after = await rpc.block("latest");
    expect(after.number).toBe(before.number + 1n);
    expect(after.timestampSeconds).toBeGreaterThanOrEqual(before.timestampSeconds);
  });

  test("is not made into another one, and says what would", async () => {
    const folder = project();
    await start(folder, "--phase", "eoa", "--port", String(await freePort()));
    await succeed(folder, "stop");
    for (const flags of [["--chain-id", "777"], ["--profile", "current"], ["--phase", "safe"]]) {
      const { exitCode, error } = await refusal(folder, ...flags);
      expect(exitCode).toBe(3);
      expect(error).toMatchObject({ code: "LPCTL_NODE_KEPT_DIFFERS", next: expect.stringContaining(`lpctl node start --fresh ${flags.join(" ")}`) as unknown });
    }
    const fresh = await start(folder, "--fresh", "--phase", "safe", "--port", String(await freePort()));
    expect(fresh).toMatchObject({ phase: "safe", resumedAtBlock: null, cleared: expect.stringMatching(/^Threw away the chain that was kept at block \d+ \(profile launch, phase eoa/) as unknown });
  });

  test("by another version of lpctl is left alone until it is forgotten", async () => {
    const folder = project();
    await start(folder, "--phase", "eoa", "--port", String(await freePort()));
    await succeed(folder, "stop");
    const record = join(folder, ".lpctl/node/node.json");
    writeFileSync(record, readFileSync(record, "utf8").replace('"schema": 2', '"schema": 99'));
    const { exitCode, error } = await refusal(folder);
    expect(exitCode).toBe(3);
    expect(error).toMatchObject({ code: "LPCTL_NODE_OTHER_VERSION", next: expect.stringContaining("lpctl node stop --forget") as unknown });
    await succeed(folder, "stop", "--forget");
    expect(await succeed(folder, "status")).toMatchObject({ state: "stopped", keptAtBlock: null });
  });
});

describe("a local chain that was killed", () => {
  test("has what was written down, and goes on from there", async () => {
    const { folder, node: first, height } = unstopped;
    const state = join(folder, ".lpctl/node/chain.json");
    const written = async (): Promise<true | undefined> => {
      try {
        const { block } = z.looseObject({ block: z.looseObject({ number: z.string() }) }).parse(JSON.parse(readFileSync(state, "utf8")));
        return BigInt(block.number) >= height ? true : undefined;
      } catch {
        return undefined;
      }
    };
    await pollUntil(written, { deadlineMs: 30_000, intervalMs: 100, what: "the state to be written down" });
    await killHard(first.pid);
    const found = await succeed(folder, "status");
    expect(found).toMatchObject({ state: "stopped", pid: first.pid, account: expect.stringContaining("has ended without being stopped") as unknown });
    expect(BigInt(found["keptAtBlock"] as string)).toBeGreaterThanOrEqual(height);
    const second = await start(folder);
    expect(await read(first, second.rpcUrl)).toEqual({ rate: 654n, balance: LOCAL_BALANCE_WEI });
  });

  test("while it wrote goes on with the state it was started with", async () => {
    const folder = project();
    const first = await start(folder, "--phase", "eoa", "--port", String(await freePort()));
    await write(first, 987n);
    await killHard(first.pid);
    writeFileSync(join(folder, ".lpctl/node/chain.json"), '{"block":{"num');
    const second = await start(folder);
    expect(second.cleared).toContain("was not written whole");
    expect(await read(first, second.rpcUrl)).toEqual({ rate: 1000n, balance: LOCAL_BALANCE_WEI });
  });

  test("with the command that was starting it again leaves no second chain on the same files", async () => {
    const folder = project();
    const first = await start(folder, "--phase", "eoa", "--port", String(await freePort()));
    await succeed(folder, "stop");
    const child = spawn(process.execPath, [runPath, "node", "start"], { cwd: folder, env: cleanEnvironment(folder), stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const record = join(folder, ".lpctl/node/node.json");
    const orphan = await pollUntil(
      async () => {
        const { pid } = z.looseObject({ pid: z.int() }).parse(JSON.parse(readFileSync(record, "utf8")));
        return pid === first.pid ? undefined : pid;
      },
      { deadlineMs: 30_000, intervalMs: 1, what: "the chain to be started again" },
    );
    child.kill("SIGKILL");
    await ended;
    // Left alone it begins to answer, or has ended with the command.
    const found = await pollUntil(
      async () => {
        const status = await succeed(folder, "status");
        return status["state"] === "silent" ? undefined : status;
      },
      { deadlineMs: 30_000, intervalMs: 5, what: "the chain to answer or to be gone" },
    );
    expect(found).toMatchObject({ pid: orphan });
    if (found["state"] === "running") {
      await succeed(folder, "stop");
    }
    const again = await start(folder);
    expect(isProcessAlive(orphan)).toBe(false);
    expect(again.contracts).toEqual(first.contracts);
  });

  test("and has lost all its files says so, and begins anew when told to", async () => {
    const folder = project();
    const first = await start(folder, "--phase", "eoa", "--port", String(await freePort()));
    await killHard(first.pid);
    for (const name of ["chain.json", "chain.earlier.json"]) writeFileSync(join(folder, ".lpctl/node", name), "");
    const { exitCode, error } = await refusal(folder);
    expect(exitCode).toBe(1);
    expect(error).toMatchObject({ code: "LPCTL_NODE_STATE_LOST", next: expect.stringContaining("--fresh") as unknown });
    expect(await start(folder, "--fresh", "--phase", "eoa")).toMatchObject({ resumedAtBlock: null });
  });
});

describe("the profile current", () => {
  test("is what the phase stake runs on: it obeys those with stake, who can vote at once, and a guardian can stop them", async () => {
    const folder = project();
    const { controller, contracts, rpcUrl, safe, keys, profile } = await start(folder, "--phase", "stake", "--port", String(await freePort()));
    expect(profile).toBe("current");
    const owner = await readFunction(new Rpc(rpcUrl), controller, "function owner() view returns (address)");
    expect(owner[0]).toBe(contracts["StakeTimelock"]);
    expect(contracts["JobsManager"]).toBe(contracts["TicketBroker"]);
    const shown = await runLpctl(["authority", "show", "BondingManager", "--json"], { cwd: folder });
    expect(documentOf(shown).result).toMatchObject({
      obeys: contracts["StakeTimelock"],
      authority: {
        kind: "timelock",
        proposers: [{ kind: "vote-governor", address: contracts["StakeGovernor"], votes: contracts["BondingVotes"], quorumNumerator: "333300", votingPeriod: "3" }],
        executors: [{ kind: "vote-governor" }],
        cancellers: [{ guardian: { kind: "safe", address: safe } }],
      },
    });
    expect(keys).toMatchObject({ transcoder: localAccounts().transcoder.address, delegator: localAccounts().delegator.address });
    const quorum = documentOf(await runLpctl(["params", "get", "transcoderQuorum", "--json"], { cwd: folder }));
    expect(quorum.result).toMatchObject({ id: "StakeGovernor.transcoderQuorum", raw: "166650" });
  });

  test.each([
    [["--profile", "launch", "--phase", "stake"], "LPCTL_NODE_PHASE_IMPOSSIBLE"],
    [["--phase", "safe", "--guardian-days", "5"], "LPCTL_USAGE_BAD_VALUE"],
    [["--phase", "stake", "--guardian-days", "-1"], "LPCTL_USAGE_INVALID"],
    [["--turnout", "50"], "LPCTL_USAGE_BAD_VALUE"],
  ])("is needed where stake votes: %j is refused", async (flags, code) => {
    const { exitCode, error } = await refusal(temporaryFolder(), ...flags);
    expect(exitCode).toBe(2);
    expect(error).toMatchObject({ code });
  });
});
