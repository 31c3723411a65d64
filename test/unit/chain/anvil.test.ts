import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { findAnvilBinary } from "../../../src/chain/anvil-binary.ts";
import { startAnvil, stopProcess } from "../../../src/chain/anvil.ts";
import { pollUntil } from "../../../src/chain/poll.ts";
import { isProcessAlive } from "../../../src/chain/process-alive.ts";

test("forks a chain, with the chain id of its upstream, and leaves no process behind", async () => {
  const upstream = await startAnvil({ chainId: 4242n });
  const fork = await startAnvil({ forkUrl: upstream.url });
  expect(await fork.rpc.chainId()).toBe(4242n);
  await Promise.all([fork.stop(), upstream.stop(), upstream.stop()]);
  expect(() => process.kill(fork.pid, 0)).toThrow("ESRCH");
  expect(() => process.kill(upstream.pid, 0)).toThrow("ESRCH");
});

test("ends with the process that started it, even when that one is killed at once", async () => {
  const starter = spawn(process.execPath, [join(import.meta.dirname, "anvil-child.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const [told] = (await once(starter.stdout, "data")) as [Buffer];
  const pids = told.toString().split(" ").map(Number);
  expect(pids.map((pid) => isProcessAlive(pid))).toEqual([true, true]);
  starter.kill("SIGKILL");
  await pollUntil(() => Promise.resolve(pids.some((pid) => isProcessAlive(pid)) ? undefined : true), { deadlineMs: 10_000, intervalMs: 10, what: "the orphans to end" });
});

test("keeps its state in a file between two runs, and outlives its starter when detached", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-anvil-"));
  try {
    const options = { statePath: join(folder, "state.json"), detached: true, logPath: join(folder, "anvil.log") };
    const first = await startAnvil(options);
    const genesis = await first.rpc.block(0n);
    await stopProcess(first.pid);
    await stopProcess(first.pid);
    const second = await startAnvil(options);
    expect((await second.rpc.block(0n)).hash).toBe(genesis.hash);
    await second.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("cannot be forked at a block from before it was started again, and says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-anvil-"));
  const options = { statePath: join(folder, "state.json"), keptStates: 4 };
  try {
    const first = await startAnvil(options);
    await first.rpc.request("anvil_mine", ["0x5"], z.unknown());
    await first.stop();
    const second = await startAnvil(options);
    expect(await second.rpc.blockNumber()).toBe(5n);
    await expect(startAnvil({ forkUrl: second.url, forkBlock: 2n })).rejects.toMatchObject({
      code: "LPCTL_ANVIL_STATE_GONE",
      message: expect.stringContaining("block 2") as unknown,
    });
    await second.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("says when the port is taken", async () => {
  const anvil = await startAnvil();
  await expect(startAnvil({ port: anvil.port })).rejects.toMatchObject({ code: "LPCTL_ANVIL_PORT_TAKEN" });
  await anvil.stop();
});

test("gives anvil's last words when it does not start, without the key in the fork URL", async () => {
  const error: unknown = await startAnvil({ forkUrl: "http://127.0.0.1:1/key-0123456789" }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "LPCTL_ANVIL_DIED" });
  expect(JSON.stringify(error)).not.toContain("key-0123456789");
  expect(String(Reflect.get(error as object, "why"))).toContain("onnect");
});

test("names the missing package on a platform that has none", () => {
  expect(() => findAnvilBinary("aix", "ppc64")).toThrow(expect.objectContaining({ code: "LPCTL_ANVIL_MISSING" }));
});
