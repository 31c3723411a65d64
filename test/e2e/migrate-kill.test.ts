import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Anvil } from "../../src/chain/anvil.ts";
import { loadMigrationState } from "../../src/migration/journal/migration-journal.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { sendMigration, type MigrationOutcome } from "../../src/migration/run/send-migration.ts";
import { localSigner } from "../unit/chain/local-signer.ts";
import { marks, marksProject, MARKS, scriptOf, startMarks } from "./migrate-marks.ts";

/** More than the window of 16 holds, with operations among them that stand alone. */
const SLOTS = 18;
/** Coprime to the six boundaries of an operation, so that every kind of them is met at every fill of the window. */
const EVERY = 11;

let folder: string;
let anvil: Anvil;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-migrate-kill-"));
  anvil = await startMarks();
});
afterAll(async () => {
  await anvil.stop();
  rmSync(folder, { recursive: true });
});

// Dozens of processes start here; bundled, with their compiled code cached, each takes half the time. What proposals need is not needed.
const HEAVY = ["solc", "@openzeppelin/*", "@safe-global/*", "@foundry-rs/*", "evmole", "hash-wasm"];
const REQUIRE = `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);`;

class Stopped extends Error {}

async function carryOut(project: string, first: number, account: 0 | 1, onCheckpoint?: (name: string) => void): Promise<MigrationOutcome> {
  const signer = localSigner(account);
  const run = await MigrationRun.open(marksProject(anvil.rpc, project), scriptOf("001-marks", marks(first, SLOTS)), { sender: signer.address, onCheckpoint });
  try {
    return await sendMigration(run, { signer, producedBy: "test", onCheckpoint });
  } finally {
    run.journal.close();
  }
}

async function timesMarked(first: number): Promise<bigint[]> {
  return Promise.all(Array.from({ length: SLOTS }, async (_, at) => BigInt(await anvil.rpc.storage(MARKS, BigInt(first + at)))));
}

const ONCE = Array.from({ length: SLOTS }, () => 1n);

test("stopped at any write and any send, with 16 in flight, every operation is done once", async () => {
  let boundaries = 0;
  await carryOut(join(folder, "counted"), 0, 0, () => void boundaries++);
  // Plan, verified, and for each operation its attempt and its confirmation: each before and after; and each send before and after.
  expect(boundaries).toBe(4 + SLOTS * 6);
  const before = await anvil.rpc.nonce(localSigner().address);
  let runs = 0;
  for (let boundary = 1; boundary <= boundaries; boundary += EVERY) {
    runs++;
    const project = join(folder, `stopped-${boundary}`);
    const first = boundary * 100;
    let left = boundary;
    const stop = (): void => {
      if (--left === 0) throw new Stopped();
    };
    await expect(carryOut(project, first, 0, stop), `boundary ${boundary}`).rejects.toThrow(Stopped);
    const { skipped } = await carryOut(project, first, 0);
    expect(skipped, `what was sent is known to be ours after boundary ${boundary}`).toBe(0);
    expect(await timesMarked(first), `boundary ${boundary}`).toEqual(ONCE);
  }
  expect((await anvil.rpc.nonce(localSigner().address)) - before).toBe(BigInt(runs * SLOTS));
});

test("a process that is killed again and again, wherever it gets, ends exact", async () => {
  const bundle = join(folder, "child.mjs");
  buildSync({ entryPoints: [join(import.meta.dirname, "migrate-kill-child.ts")], outfile: bundle, bundle: true, platform: "node", format: "esm", external: HEAVY, banner: { js: REQUIRE } });
  const first = 1_000_000;
  const project = join(folder, "killed");
  const before = await anvil.rpc.nonce(localSigner(1).address);
  let kills = 0;
  for (;;) {
    const args = [bundle, anvil.url, project, 1, first, SLOTS, 7 + (kills % 11)].map(String);
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "cache") } });
    let errors = "";
    child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
    expect(errors).toBe("");
    if (code === 0) break;
    expect(signal).toBe("SIGKILL");
    expect(++kills).toBeLessThan(100);
  }
  expect(kills).toBeGreaterThan(6);
  expect(await timesMarked(first)).toEqual(ONCE);
  expect((await anvil.rpc.nonce(localSigner(1).address)) - before).toBe(BigInt(SLOTS));
  const state = loadMigrationState(join(project, "migrations/local/001-marks/journal.ndjson"));
  expect(state).toMatchObject({ isVerified: true, skipped: 0, inFlight: 0 });
  expect(state?.done).toBe(SLOTS);
});
