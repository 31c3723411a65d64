import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil } from "../../src/chain/anvil.ts";
import { loadJournal } from "../../src/chain/journal.ts";
import { sendOperations } from "../../src/chain/sender.ts";
import { COUNTER_CODE, localSigner } from "../unit/chain/local-signer.ts";
import { COUNTER, countingOperations } from "./journal-operations.ts";
import type { Anvil } from "../../src/chain/anvil.ts";

const OPERATIONS = 4;

// Dozens of processes start here; bundled, with their compiled code cached, each takes half the time.
let bundleFolder: string;
let bundle: string;
beforeAll(() => {
  bundleFolder = mkdtempSync(join(tmpdir(), "lpctl-child-"));
  bundle = join(bundleFolder, "child.mjs");
  buildSync({ entryPoints: [join(import.meta.dirname, "journal-child.ts")], outfile: bundle, bundle: true, platform: "node", format: "esm" });
});
afterAll(() => rmSync(bundleFolder, { recursive: true }));

function runChild(...args: (string | number)[]): Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }> {
  const child = spawn(process.execPath, [bundle, ...args.map(String)], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(bundleFolder, "cache") },
  });
  let errors = "";
  child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, errors })));
}

async function startCounter(): Promise<Anvil> {
  const anvil = await startAnvil({ accounts: 2 });
  await anvil.rpc.request("anvil_setCode", [COUNTER, COUNTER_CODE], z.unknown());
  return anvil;
}

test("killed at any write and any send, it continues to the exact total with the exact nonce", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-kill-"));
  const anvil = await startCounter();
  const operations = countingOperations(OPERATIONS);
  const { rpc } = anvil;
  try {
    let boundaries = 0;
    await sendOperations({ rpc, chainId: 31337n, signer: localSigner(), journalPath: join(folder, "counted"), operations, onCheckpoint: () => boundaries++ });
    // plan: write, written; each operation: attempt write, written, send, sent, confirmed write, written.
    expect(boundaries).toBe(2 + OPERATIONS * 6);

    let next = 1;
    // Two senders with an account each, so that one kill does not wait for the other.
    const work = async (account: 0 | 1): Promise<void> => {
      const signer = localSigner(account);
      for (let boundary = next++; boundary <= boundaries; boundary = next++) {
        const journalPath = join(folder, `killed-at-${boundary}`);
        const before = await rpc.nonce(signer.address);
        const killed = await runChild(anvil.url, journalPath, account, OPERATIONS, boundary);
        expect(killed, `boundary ${boundary}`).toMatchObject({ signal: "SIGKILL", errors: "" });
        const results = await sendOperations({ rpc, chainId: 31337n, signer, journalPath, operations });
        expect(results.map(({ outcome }) => outcome)).toEqual(operations.map(() => "confirmed"));
        expect((await rpc.nonce(signer.address)) - before, `nonce after a kill at boundary ${boundary}`).toBe(BigInt(OPERATIONS));
        expect((await loadJournal(journalPath))?.operations.every(({ attempts }) => attempts.length === 1)).toBe(true);
      }
    };
    await Promise.all([work(0), work(1)]);
    expect(BigInt(await rpc.storage(COUNTER, 0n))).toBe(BigInt((boundaries + 1) * OPERATIONS));
  } finally {
    await anvil.stop();
    rmSync(folder, { recursive: true });
  }
});

test("killed at every boundary it newly reaches, over and over, it still ends exact", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-kills-"));
  const anvil = await startCounter();
  const journalPath = join(folder, "journal");
  try {
    let kills = 0;
    for (let boundary = 3; ; boundary = 3 + (kills % 4), kills++) {
      const { code, signal, errors } = await runChild(anvil.url, journalPath, 0, 4, boundary);
      expect(errors).toBe("");
      if (code === 0) break;
      expect(signal).toBe("SIGKILL");
      expect(kills).toBeLessThan(40);
    }
    expect(kills).toBeGreaterThan(3);
    expect(BigInt(await anvil.rpc.storage(COUNTER, 0n))).toBe(4n);
    expect(await anvil.rpc.nonce(localSigner().address)).toBe(4n);
  } finally {
    await anvil.stop();
    rmSync(folder, { recursive: true });
  }
});
