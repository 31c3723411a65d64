import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SafeApiKit from "@safe-global/api-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createSafe } from "../../src/safe/deploy-local.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { cleanEnvironment, runLpctl, runPath } from "../cli/run-lpctl.ts";
import { startLocalSafe } from "../unit/safe/local-safe.ts";
import type { LocalSafe } from "../unit/safe/local-safe.ts";
import { ask, CHAIN_ID, hashOf, payment, proposalBody } from "./relay-client.ts";

let local: LocalSafe;
let folder = "";
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpctl-relay-process-"));
  local = await startLocalSafe();
  await writeFile(join(folder, "lpctl.yaml"), `schema: 1\nnetworks:\n  local:\n    rpcUrl: ${local.rpc.url}\n    chainId: ${CHAIN_ID}\n`);
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await local?.anvil.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Served {
  url: string;
  child: ChildProcess;
  /** stdout and stderr so far, and how the process ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

const documentSchema = z.object({ ok: z.literal(true), result: z.object({ url: z.string(), database: z.string() }) });

/** Runs `lpctl safe serve --json` and waits for the document that it prints at the start. */
async function serve(...flags: string[]): Promise<Served> {
  const child = spawn(process.execPath, [runPath, "safe", "serve", "--network", "local", "--port", "0", "--rate", "10000", "--json", ...flags], { cwd: folder, env: cleanEnvironment(folder), stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Awaited<Served["ended"]>>((resolve) => {
    child.once("close", (code, signal) => {
      children.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const started = stdout.endsWith("\n}\n") ? documentSchema.safeParse(JSON.parse(stdout)) : undefined;
      if (started?.success === true) resolve(started.data.result.url);
      else if (started !== undefined) reject(new Error(stdout));
    });
    void ended.then(({ stderr: text }) => reject(new Error(`the relay ended: ${text}`)));
  });
  return { url, child, ended };
}

async function listed(url: string, safe: Address): Promise<Set<string>> {
  const service = new SafeApiKit({ chainId: CHAIN_ID, txServiceUrl: url });
  const { results } = await service.getMultisigTransactions(safe, { limit: 200 });
  return new Set(results.map(({ safeTxHash }) => safeTxHash));
}

test("nothing acknowledged is lost when the relay is killed in the middle of writing, and SIGTERM ends it in order", async () => {
  const [one] = local.owners;
  const safe = await createSafe({ rpc: local.rpc, send: local.send, owners: local.owners.map(({ address }) => address), threshold: 2n, saltNonce: 7n });
  const transactions = Array.from({ length: 90 }, (_, index) => payment(BigInt(index)));
  const bodies = await Promise.all(transactions.map(async (tx) => ({ hash: hashOf(safe, tx), body: await proposalBody(safe, tx, one) })));
  const acknowledged = new Set<string>();
  const unsent = [...bodies];
  const write = async (url: string, stopAfter: number, stop: () => void): Promise<void> => {
    for (let next = unsent.shift(); next !== undefined; next = unsent.shift()) {
      try {
        const { status } = await ask(`${url}/v2/safes/${safe}/multisig-transactions/`, "POST", next.body);
        if (status === 201) acknowledged.add(next.hash);
      } catch {
        return;
      }
      if (acknowledged.size >= stopAfter) stop();
    }
  };

  for (const stopAfter of [20, 50]) {
    const { url, child, ended } = await serve();
    await Promise.all(Array.from({ length: 10 }, () => write(url, stopAfter, () => child.kill("SIGKILL"))));
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
    expect(acknowledged.size).toBeGreaterThanOrEqual(stopAfter);
    expect(unsent.length).toBeGreaterThan(0);
  }

  const { url, child, ended } = await serve();
  const kept = await listed(url, safe);
  expect([...acknowledged].filter((hash) => !kept.has(hash))).toEqual([]);
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expectDocument("safe serve", { stdout, stderr, exitCode: code });
});

test("a token is demanded where others can come, and its file is for the owner's eyes", async () => {
  const path = join(folder, "relay.token");
  await writeFile(path, `${"t".repeat(32)}\n`, { mode: 0o644 });
  const refused = async (...flags: string[]): Promise<string> => {
    const { stdout } = await runLpctl(["safe", "serve", "--network", "local", "--port", "0", "--json", ...flags], { cwd: folder });
    return z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(stdout)).error.code;
  };
  expect(await refused("--token-file", path)).toBe("LPCTL_RELAY_TOKEN_EXPOSED");
  expect(await refused("--host", "0.0.0.0")).toBe("LPCTL_RELAY_TOKEN_NEEDED");
  expect(await refused("--public-url", "https://safe.example.org/api")).toBe("LPCTL_RELAY_BAD_URL");
});
