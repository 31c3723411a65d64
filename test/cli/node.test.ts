import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { pollUntil } from "../../src/chain/poll.ts";
import { isProcessAlive } from "../../src/chain/process-alive.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { unlockKeystore } from "../../src/keys/keystore.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import type { StartedNode } from "../../src/node/chain-start.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { freePort } from "./free-port.ts";
import { cleanEnvironment, documentOf, runLpctl, runPath, temporaryFolder, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

/**
 * For what only looks, is refused before anything starts, or needs a chain to begin with: one process. The tests of starting,
 * stopping and being interrupted have one for each command.
 */
const warm = createWarmLpctl();
afterAll(() => warm.stop());

/** A folder whose local chain, if any, ends with the test. */
function project(): string {
  const folder = temporaryFolder();
  onTestFinished(async () => void (await warmNode(folder, "stop")));
  return folder;
}

function node(folder: string, ...args: string[]): Promise<Ran> {
  return runLpctl(["node", ...args, "--json"], { cwd: folder });
}

function warmNode(folder: string, ...args: string[]): Promise<Ran> {
  return warm.run({ args: ["node", ...args, "--json"], cwd: folder, env: cleanEnvironment(folder) });
}

async function start(folder: string, ...args: string[]): Promise<StartedNode> {
  return startedBy(warmNode, folder, ...args);
}

async function startedBy(run: typeof node, folder: string, ...args: string[]): Promise<StartedNode> {
  const ran = await run(folder, "start", "--no-actors", "--port", String(await freePort()), ...args);
  expect(ran.exitCode, ran.stdout).toBe(0);
  expect(ran.stderr).toBe("");
  return documentOf(ran).result as StartedNode;
}

async function status(folder: string): Promise<Record<string, unknown>> {
  const ran = await warmNode(folder, "status");
  expect(ran.exitCode, ran.stdout).toBe(0);
  return documentOf(ran).result as Record<string, unknown>;
}

async function ownerOf(rpcUrl: string, contract: Address): Promise<unknown> {
  return (await readFunction(new Rpc(rpcUrl), contract, "function owner() view returns (address)"))[0];
}

async function killHard(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await gone(pid);
}

async function gone(pid: number): Promise<void> {
  await pollUntil(async () => (isProcessAlive(pid) ? undefined : true), { deadlineMs: 10_000, intervalMs: 10, what: `process ${pid} to end` });
}

/** Starts `node start` and gives the process once its progress says `line`. */
async function startUntil(folder: string, line: RegExp, port: number) {
  const child = spawn(process.execPath, [runPath, "node", "start", "--no-actors", "--port", String(port)], {
    cwd: folder,
    env: cleanEnvironment(folder),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let stderr = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (line.test(stderr)) resolve();
    });
    child.once("close", () => reject(new Error(`it ended first:\n${stderr}`)));
  });
  return { child, ended, said: () => stderr };
}

async function nobodyListens(port: number): Promise<void> {
  const rpc = new Rpc(`http://127.0.0.1:${port}`);
  await pollUntil(() => rpc.chainId().then(() => undefined, () => true), { deadlineMs: 10_000, intervalMs: 10, what: "the chain to end" });
}

describe("lpctl node", () => {
  test("starts, tells, stops and forgets, and leaves no process", async () => {
    const folder = project();
    const started = await startedBy(node, folder);
    expect(started).toMatchObject({ network: "local", chainId: "31337", phase: "governor", configPath: join(folder, "lpctl.yaml"), cleared: null });
    expect(await status(folder)).toMatchObject({
      state: "running",
      network: "local",
      rpcUrl: started.rpcUrl,
      chainId: "31337",
      pid: started.pid,
      phase: "governor",
      controller: started.controller,
      blockTimeSeconds: "1",
      blockNumber: expect.stringMatching(/^\d+$/) as unknown,
    });
    const shown = await runLpctl(["authority", "show", "JobsManager"], { cwd: folder });
    expect(shown.stdout).toContain("Governor (LIP-25)");

    const stopped = await node(folder, "stop");
    expect(documentOf(stopped).result).toMatchObject({ stopped: true, pid: started.pid });
    expect(isProcessAlive(started.pid)).toBe(false);
    expect(await status(folder)).toMatchObject({ state: "stopped", pid: null });
    const forgotten = await node(folder, "stop", "--forget");
    expect(documentOf(forgotten).result).toMatchObject({ stopped: false, keptAtBlock: null });
    expect(readdirSync(join(folder, ".lpctl/node")).toSorted()).toEqual([".gitignore", "keys"]);
    expect(existsSync(join(folder, "lpctl.yaml"))).toBe(true);
    const again = await runLpctl(["node", "stop"], { cwd: folder });
    expect(again).toMatchObject({ exitCode: 0, stdout: "No local chain of this project is running.\n" });
  });

  test("writes keys that unlock without a prompt, in files for their owner only", async () => {
    const folder = project();
    const { keys } = await start(folder, "--phase", "eoa");
    const accounts = localAccounts();
    expect(Object.keys(keys)).toEqual(["deployer", "owner-1", "owner-2", "owner-3", "operator"]);
    const at = join(folder, ".lpctl/node/keys");
    const password = readFileSync(join(at, "password"), "utf8").trim();
    for (const name of ["deployer", "owner-1", "owner-2", "owner-3", "operator"] as const) {
      expect(statSync(join(at, `${name}.json`)).mode & 0o777).toBe(0o600);
      expect((await unlockKeystore({ path: join(at, `${name}.json`) }, password)).address).toBe(accounts[name].address);
      expect(keys[name]).toBe(accounts[name].address);
    }
    expect(statSync(join(at, "password")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(at, "README"), "utf8")).toContain("published test keys");
    expect(readFileSync(join(folder, "lpctl.yaml"), "utf8")).toContain("passwordFile: .lpctl/node/keys/password");
  });

  test.each(["eoa", "safe", "governor"] as const)("gives the Controller to whom phase %s says", async (phase) => {
    const folder = project();
    const { rpcUrl, controller, governor, safe, contracts } = await start(folder, "--phase", phase);
    const owner = { eoa: localAccounts().deployer.address, safe, governor }[phase];
    expect(await ownerOf(rpcUrl, controller)).toBe(owner);
    expect([governor === null, safe === null]).toEqual([phase !== "governor", phase === "eoa"]);
    if (governor !== null) expect(await ownerOf(rpcUrl, governor)).toBe(safe);
    expect(Object.keys(contracts)).toEqual(expect.arrayContaining(["BondingManager", "JobsManager", "Minter", "RoundsManager"]));
    expect(readFileSync(join(folder, "lpctl.yaml"), "utf8").includes("governorDelayBlocks: 10")).toBe(phase === "governor");
  });

  test("lets blocks pass by themselves, at the time of the clock", async () => {
    const { rpcUrl } = await start(project(), "--phase", "eoa", "--block-time", "0.1");
    const rpc = new Rpc(rpcUrl);
    const first = await rpc.block("latest");
    const later = await pollUntil(async () => ((await rpc.blockNumber()) >= first.number + 3n ? await rpc.block("latest") : undefined), {
      deadlineMs: 10_000,
      intervalMs: 20,
      what: "three blocks",
    });
    expect(Math.abs(Number(later.timestampSeconds) - Date.now() / 1000)).toBeLessThan(30);
  });

  test("mines only for transactions when told so", async () => {
    const folder = project();
    await start(folder, "--phase", "eoa", "--block-time", "0");
    expect(await status(folder)).toMatchObject({ blockTimeSeconds: "0" });
  });

  test("works in the folder it is given, and under the name it is given", async () => {
    const folder = project();
    const elsewhere = temporaryFolder();
    const port = String(await freePort());
    const ran = await runLpctl(["node", "start", "--no-actors", "--directory", folder, "--name", "play", "--chain-id", "4242", "--port", port], { cwd: elsewhere });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain(`Network "play" is in ${join(folder, "lpctl.yaml")}.`);
    expect(readdirSync(elsewhere).filter((name) => !name.startsWith("."))).toEqual([]);
    expect(await status(folder)).toMatchObject({ state: "running", network: "play", chainId: "4242" });
  });

  test("leaves the rest of lpctl.yaml alone and does not make itself the default of an old project", async () => {
    const folder = project();
    const before = "# ours\nschema: 1\nnetworks:\n  main:\n    # the real one\n    rpcUrl: https://rpc.example.org\n    chainId: 77\n";
    writeFileSync(join(folder, "lpctl.yaml"), before);
    const ran = await runLpctl(["node", "start", "--no-actors", "--phase", "eoa", "--port", String(await freePort())], { cwd: folder });
    expect(ran.stderr).toContain("lpctl authority show JobsManager -n local");
    const after = readFileSync(join(folder, "lpctl.yaml"), "utf8");
    expect(after.startsWith(before)).toBe(true);
    expect(after).not.toContain("defaultNetwork");
    const refused = await runLpctl(["params", "set", "verificationRate", "500", "--json"], { cwd: folder });
    expect(documentOf(refused).error).toMatchObject({ code: "LPCTL_NETWORK_NOT_CHOSEN" });
  });
});

describe("a chain that is not as it was left", () => {
  test("is not started twice", async () => {
    const folder = project();
    const { pid } = await start(folder, "--phase", "eoa");
    const before = readFileSync(join(folder, "lpctl.yaml"), "utf8");
    const second = await warmNode(folder, "start", "--phase", "safe");
    expect(second.exitCode).toBe(3);
    expect(documentOf(second).error).toMatchObject({ code: "LPCTL_NODE_RUNNING", next: expect.stringContaining("lpctl node stop") as unknown });
    expect(readFileSync(join(folder, "lpctl.yaml"), "utf8")).toBe(before);
    expect(await status(folder)).toMatchObject({ state: "running", pid, phase: "eoa" });
  });

  test("is reported as ended when it was killed, and goes on with the next start", async () => {
    const folder = project();
    const { pid } = await start(folder, "--phase", "eoa");
    await killHard(pid);
    expect(await status(folder)).toMatchObject({ state: "stopped", pid, account: expect.stringContaining("has ended without being stopped") as unknown });
    const recovered = await startedBy(node, folder);
    expect(recovered.cleared).toContain("had ended already");
    expect(BigInt(recovered.resumedAtBlock ?? 0)).toBeGreaterThan(100n);
    expect(await status(folder)).toMatchObject({ state: "running", pid: recovered.pid, phase: "eoa" });
    expect(readFileSync(join(folder, "lpctl.yaml"), "utf8")).toContain(recovered.rpcUrl);
  });

  test("is not mistaken for another program on its port, which is left alone", async () => {
    const folder = project();
    const { pid, rpcUrl } = await start(folder, "--phase", "eoa");
    await killHard(pid);
    const stranger = createServer((_request, response) => response.end("hello"));
    const port = Number(new URL(rpcUrl).port);
    // A process that is gone may hold its port for another moment.
    const listens = (): Promise<true | undefined> =>
      new Promise((resolve) => stranger.once("error", () => resolve(undefined)).listen(port, "127.0.0.1", () => resolve(true)));
    await pollUntil(listens, { deadlineMs: 10_000, intervalMs: 10, what: `port ${port} to be free` });
    onTestFinished(() => new Promise<void>((resolve) => stranger.close(() => resolve())));
    expect(await status(folder)).toMatchObject({ state: "replaced" });
    const stopped = await node(folder, "stop");
    expect(stopped.exitCode).toBe(0);
    expect(documentOf(stopped).result).toMatchObject({ stopped: false, account: expect.stringContaining("left alone") as unknown });
    expect(stranger.listening).toBe(true);
  });

  test("never costs another process its life, whatever the record says", async () => {
    const folder = project();
    const { pid } = await start(folder, "--phase", "eoa");
    const record = join(folder, ".lpctl/node/node.json");
    const innocent = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    onTestFinished(() => void innocent.kill());
    const text = readFileSync(record, "utf8");
    writeFileSync(record, text.replace(`"pid": ${pid}`, `"pid": ${innocent.pid ?? 0}`));
    const refused = await node(folder, "stop");
    expect(refused.exitCode).toBe(3);
    expect(documentOf(refused).error).toMatchObject({ code: "LPCTL_NODE_NOT_OURS" });
    expect(innocent.exitCode).toBeNull();
    writeFileSync(record, text);
  });

  test("with a record nobody can read is an error that names the file", async () => {
    const folder = project();
    const { pid } = await start(folder, "--phase", "eoa");
    const record = join(folder, ".lpctl/node/node.json");
    const text = readFileSync(record, "utf8");
    writeFileSync(record, text.slice(0, 40));
    for (const verb of ["status", "stop", "start"]) {
      const ran = await warmNode(folder, verb);
      expect(ran.exitCode).toBe(1);
      expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_NODE_RECORD_UNREADABLE" });
    }
    expect(isProcessAlive(pid)).toBe(true);
    writeFileSync(record, text);
  });
});

describe("a start that does not succeed", () => {
  test("on a port in use leaves nothing behind", async () => {
    const folder = project();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => stranger.close(() => resolve())));
    const { port } = stranger.address() as { port: number };
    const ran = await node(folder, "start", "--port", String(port));
    expect(ran.exitCode).toBe(1);
    expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_ANVIL_PORT_TAKEN" });
    expect(existsSync(join(folder, "lpctl.yaml"))).toBe(false);
    expect(existsSync(join(folder, ".lpctl"))).toBe(false);
  });

  test.each([/● Start the chain/, /● Compile/, /● Deploy/, /● Bond/])("by Ctrl-C at %s leaves no chain and no configuration", async (line) => {
    const folder = project();
    const port = await freePort();
    const { child, ended, said } = await startUntil(folder, line, port);
    child.kill("SIGINT");
    expect(await ended, said()).toBe(130);
    expect(said()).toContain("LPCTL_CANCELLED");
    expect(said()).not.toContain("LPCTL_RPC");
    await nobodyListens(port);
    expect(existsSync(join(folder, "lpctl.yaml"))).toBe(false);
    expect(await status(folder)).toMatchObject({ state: "stopped", pid: null });
  });

  test("because it was killed is seen, and cleared away by the next", async () => {
    const folder = project();
    const { child, ended } = await startUntil(folder, /● Deploy/, await freePort());
    const orphan = (await status(folder))["pid"] as number;
    child.kill("SIGKILL");
    await ended;
    expect(await status(folder)).toMatchObject({ state: "starting", pid: orphan, controller: null });
    const { cleared } = await startedBy(node, folder, "--phase", "eoa");
    expect(cleared).toContain("Stopped the local chain");
    expect(isProcessAlive(orphan)).toBe(false);
  });

  test("does not disturb one that is under way", async () => {
    const folder = project();
    const { ended } = await startUntil(folder, /● Deploy/, await freePort());
    const second = await warmNode(folder, "start");
    expect(["LPCTL_NODE_BUSY", "LPCTL_NODE_RUNNING"]).toContain(documentOf(second).error?.["code"]);
    expect(await ended).toBe(0);
    expect(await status(folder)).toMatchObject({ state: "running" });
  });

  test.each([
    ["the name of a real network", ["--name", "ethereum"], 3, "LPCTL_NODE_NAME_TAKEN"],
    ["a name that is none", ["--name", "../up"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["the chain id of a real network", ["--chain-id", "1"], 3, "LPCTL_NODE_CHAIN_ID_REAL"],
    ["a block time that is none", ["--block-time", "-1"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["a speed that is none", ["--blocks-per-second", "11", "--no-actors"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["a seed that is none", ["--seed", "seven"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["more misbehaviour than transcoders", ["--transcoders", "1", "--misbehave", "offline", "--misbehave", "late-reward"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["misbehaviour that its profile cannot have", ["--profile", "current", "--misbehave", "double-claim"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["a phase that is none", ["--phase", "dao"], 2, "LPCTL_USAGE_BAD_VALUE"],
    ["a port that is none", ["--port", "70000"], 2, "LPCTL_USAGE_INVALID"],
  ])("because of %s writes nothing", async (_what, args, exitCode, code) => {
    const folder = temporaryFolder();
    const ran = await warmNode(folder, "start", ...args);
    expect(documentOf(ran).error).toMatchObject({ code });
    expect(ran.exitCode).toBe(exitCode);
    expect(readdirSync(folder).filter((name) => name === "lpctl.yaml" || name === ".lpctl")).toEqual([]);
  });

  test("because lpctl.yaml is malformed says where, and starts nothing", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "lpctl.yaml"), "schema: 1\nnetworks: {\n");
    const ran = await node(folder, "start");
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_CONFIG_MALFORMED" });
    expect(existsSync(join(folder, ".lpctl"))).toBe(false);
  });
});
