import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startFaultyRpc } from "../cli/faulty-rpc.ts";
import { startLocalChain, type LocalChain } from "../cli/local-chain.ts";
import { cleanEnvironment, runPath } from "../cli/run-lpctl.ts";

const execute = ["proposal", "execute", "1", "--key", "operator", "--confirm", "local"];
let chain: LocalChain;
let pristine: string;

beforeAll(async () => {
  chain = await startLocalChain("safe");
  const { safe } = await chain.result<{ safe: { safeTxHash: string } }>(["params", "set", "verificationRate", "500", "--no-aftermath"]);
  for (const [owner, exit] of [["owner-1", 5], ["owner-2", 0]] as const) {
    await chain.result(["proposal", "sign", "1", "--key", owner, "--confirm", safe.safeTxHash.slice(0, 10), "--no-aftermath"], exit);
  }
  pristine = join(chain.folder, ".cache", "pristine");
  cpSync(join(chain.folder, "proposals"), pristine, { recursive: true });
});
afterAll(() => chain.stop());

/** Runs `interrupted` on a chain and proposal as they were, then the command again, and demands exactly one transaction. */
async function executesOnceAfter(interrupted: () => Promise<void>): Promise<void> {
  rmSync(join(chain.folder, "proposals"), { recursive: true });
  cpSync(pristine, join(chain.folder, "proposals"), { recursive: true });
  await chain.withChainChanged(
    async () => {},
    async () => {
      const before = await chain.rpc.blockNumber();
      await interrupted();
      const done = await chain.result<{ verification: { equal: boolean } }>(execute);
      expect(done.verification.equal).toBe(true);
      expect(await chain.rpc.blockNumber()).toBe(before + 1n);
      expect(await chain.result<{ sent: string[] }>(execute)).toMatchObject({ sent: [] });
      expect(await chain.rpc.blockNumber()).toBe(before + 1n);
    },
  );
}

const isSending = (body: string): boolean => body.includes("eth_sendRawTransaction");

describe("proposal execute, when the RPC dies", () => {
  test.each<[string, boolean]>([
    ["before it passes the transaction on", false],
    ["after it passed the transaction on, without an answer", true],
  ])("%s, executes exactly once when run again", async (_what, passOn) => {
    await executesOnceAfter(async () => {
      let dead = false;
      let passing: Promise<unknown> = Promise.resolve();
      const server = await startFaultyRpc(chain.rpc.url, "reset", (_count, body) => {
        if (isSending(body) && passOn) passing = fetch(chain.rpc.url, { method: "POST", body, headers: { "content-type": "application/json" } });
        dead ||= isSending(body);
        return !dead;
      });
      onTestFinished(server.stop);
      const ran = await chain.run([...execute, "--json"], { env: { LPCTL_RPC_URL: server.url } });
      await passing;
      expect(ran.exitCode, ran.stdout).toBe(6);
      expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code: "LPCTL_RPC_UNREACHABLE" } });
    });
  });

  test("before anything is sent, changes nothing", async () => {
    const server = await startFaultyRpc(chain.rpc.url, "reset", (count) => count <= 12);
    onTestFinished(server.stop);
    const [files, block] = [chain.files(), await chain.rpc.blockNumber()];
    const ran = await chain.run([...execute, "--json"], { env: { LPCTL_RPC_URL: server.url } });
    expect(ran.exitCode, ran.stdout).toBe(6);
    expect(chain.files()).toEqual(files);
    expect(await chain.rpc.blockNumber()).toBe(block);
  });
});

describe("proposal execute, killed", () => {
  test.each<[string, (count: number, body: string) => boolean, boolean]>([
    ["while it reads", (count) => count === 8, false],
    ["while it simulates", (count) => count === 30, false],
    ["as it sends", (_count, body) => isSending(body), false],
    ["when it has sent and knows nothing of it", (_count, body) => isSending(body), true],
  ])("%s, executes exactly once when run again", async (_what, isMoment, passOn) => {
    await executesOnceAfter(async () => {
      let killed = false;
      let passing: Promise<unknown> = Promise.resolve();
      const server = await startFaultyRpc(chain.rpc.url, "silence", (count, body) => {
        if (!killed && isMoment(count, body)) {
          if (passOn) passing = fetch(chain.rpc.url, { method: "POST", body, headers: { "content-type": "application/json" } });
          killed = true;
          child.kill("SIGKILL");
        }
        return !killed;
      });
      onTestFinished(server.stop);
      const child = spawn(process.execPath, [runPath, ...execute], {
        cwd: chain.folder,
        env: { ...cleanEnvironment(chain.folder), LPCTL_RPC_URL: server.url },
        stdio: "ignore",
      });
      const signal = await new Promise((resolve) => child.on("exit", (_code, by) => resolve(by)));
      await passing;
      expect(signal).toBe("SIGKILL");
    });
  });
});

describe("a full disk", () => {
  test.for([4, 12, 24])("with %i kB left, params set leaves no half proposal", async (kilobytes, context) => {
    const project = mkdtempSync(join(tmpdir(), "lpctl-full-"));
    const mounted = process.getuid?.() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", project]).status === 0;
    onTestFinished(() => {
      if (mounted) spawnSync("umount", [project]);
      rmSync(project, { recursive: true, force: true });
    });
    if (!mounted) context.skip("only root may mount a small file system");
    cpSync(join(chain.folder, "lpctl.yaml"), join(project, "lpctl.yaml"));
    writeFileSync(join(project, "filler"), Buffer.alloc((56 - kilobytes) * 1024));
    const before = readdirSync(project);
    const ran = await chain.run(["params", "set", "verificationRate", "300", "--no-aftermath", "--json"], { cwd: project, env: { HOME: chain.folder } });
    expect(ran.exitCode, ran.stdout).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code: "LPCTL_DISK_FULL" } });
    expect(ran.stderr).toBe("");
    const parent = join(project, "proposals/local");
    expect(existsSync(parent) ? readdirSync(parent) : []).toEqual([]);
    expect(readdirSync(project).filter((name) => name !== "proposals")).toEqual(before);
  });
});
