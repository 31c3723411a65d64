import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Anvil } from "../../src/chain/anvil.ts";
import { pollUntil } from "../../src/chain/poll.ts";
import type { Project } from "../../src/inspection/project.ts";
import { loadMigrationState } from "../../src/migration/journal/migration-journal.ts";
import { dryRun } from "../../src/migration/run/dry-run.ts";
import { listMigrations } from "../../src/migration/run/list-migrations.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { rebuildJournal } from "../../src/migration/run/rebuild-journal.ts";
import { RunFolder } from "../../src/migration/run/run-folder.ts";
import { sendMigration, type MigrationOutcome, type SendMigrationOptions } from "../../src/migration/run/send-migration.ts";
import { defineMigration, type Migration } from "../../src/migration/script/define-migration.ts";
import { localSigner } from "../unit/chain/local-signer.ts";
import { forgeJournal, type Entry } from "./forge-journal.ts";
import { mark, marks, MARKS, marksProject, scriptOf, startMarks, word } from "./migrate-marks.ts";

const NAME = "001-marks";
const signer = localSigner();

let anvil: Anvil;
let folder: string;
let project: Project;
let snapshot: string;
beforeAll(async () => {
  anvil = await startMarks();
});
afterAll(() => anvil.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-migrate-"));
  project = marksProject(anvil.rpc, folder);
  snapshot = await cheat("evm_snapshot") as string;
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await cheat("evm_setAutomine", true);
  await cheat("evm_revert", snapshot);
});

const cheat = (method: string, ...params: unknown[]): Promise<unknown> => anvil.rpc.request(method, params, z.unknown());
const timesMarked = async (slot: number): Promise<bigint> => BigInt(await anvil.rpc.storage(MARKS, BigInt(slot)));
const runFolder = (): string => join(folder, "migrations/local", NAME);
const journal = (): string => join(runFolder(), "journal.ndjson");

async function carryOut(migration: Migration, options: Partial<SendMigrationOptions> = {}): Promise<MigrationOutcome> {
  const run = await MigrationRun.open(project, scriptOf(NAME, migration), { sender: signer.address, onCheckpoint: options.onCheckpoint });
  try {
    return await sendMigration(run, { signer, producedBy: "test", receiptLagMs: 100, ...options });
  } finally {
    await run.close();
  }
}

/** Stops as a kill would when a checkpoint of this name is met for the n-th time. */
function stopAt(name: string, times = 1): { onCheckpoint: (name: string) => void } {
  return {
    onCheckpoint: (met) => {
      if (met === name && --times === 0) throw new Error("stopped");
    },
  };
}

async function markElsewhere(slot: number): Promise<void> {
  await cheat("eth_sendTransactionSync", { from: localSigner(1).address, to: MARKS, data: word(slot) });
}

describe("what is on the chain before it ran", () => {
  test("is skipped and counted, and refused under --strict", async () => {
    await markElsewhere(1);
    await expect(carryOut(marks(0, 3), { strict: true })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_ENACTED_ALREADY", exit: 3 });
    expect(await carryOut(marks(0, 3))).toMatchObject({ operations: 3, skipped: 1, confirmed: 2 });
    expect(await timesMarked(1)).toBe(1n);
  });
});

describe("what may not be done yet", () => {
  test("is waited for, without a signature, and done when its time has come", async () => {
    const opensAt = (await anvil.rpc.block("latest")).timestampSeconds + 604_800n;
    // It is known when what comes before is on the chain, though both are independent.
    const readyAtSeconds = async (): Promise<bigint> => ((await timesMarked(0)) === 1n ? opensAt : 1n);
    const migration = { ...marks(0, 2), operations: () => [mark(0, { independent: true }), mark(1, { independent: true, readyAtSeconds })] };
    const until = new Date(Number(opensAt) * 1000).toISOString().slice(0, 19).replace("T", " ");
    const words = `"mark 1" not before ${until} UTC`;
    for (let run = 0; run < 2; run++) {
      await expect(carryOut(migration)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_NOT_YET", exit: 5, message: expect.stringContaining(words) as string, details: { readyAtSeconds: opensAt, summary: words } });
    }
    expect(await timesMarked(1)).toBe(0n);
    expect(readFileSync(journal(), "utf8").match(/"not-yet"/g)).toHaveLength(1);
    // No script is run for it: there is none in this file.
    writeFileSync(join(folder, "migrations", `${NAME}.ts`), "");
    expect(await listMigrations(project)).toMatchObject([{ state: "waiting", summary: `1 of 2 done; ${words}`, waitingFor: { operation: "mark-1", proposal: null, summary: words, readyAtSeconds: opensAt, next: "lpctl migrate run 1 --key NAME then" } }]);
    await cheat("evm_setNextBlockTimestamp", `0x${opensAt.toString(16)}`);
    await cheat("evm_mine");
    expect(await listMigrations(project)).toMatchObject([{ state: "under way", summary: `1 of 2 done; the time of "mark 1" has come: ${until} UTC`, waitingFor: null }]);
    expect(await carryOut(migration)).toMatchObject({ confirmed: 1 });
    expect(await listMigrations(project)).toMatchObject([{ state: "complete", waitingFor: null }]);
  });

  test.each<[string, unknown]>([["no number", "tomorrow"], ["milliseconds", BigInt(Date.now()) * 1000n]])("is refused when its time is %s", async (_, moment) => {
    const migration = { ...marks(0, 1), operations: () => [mark(0, { readyAtSeconds: async () => moment as bigint })] };
    await expect(carryOut(migration)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SCRIPT_FAILED", why: expect.stringContaining('readyAtSeconds of "mark-0"') as string });
  });

  test("costs a dry run nothing", async () => {
    const opensAt = (await anvil.rpc.block("latest")).timestampSeconds + 604_800n;
    const run = await MigrationRun.open(project, scriptOf(NAME, { ...marks(0, 1), operations: () => [mark(0, { readyAtSeconds: async () => opensAt })] }), { sender: signer.address });
    try {
      expect((await dryRun(run)).shown).toMatchObject([{ outcome: "enacted", readyAtSeconds: opensAt }]);
    } finally {
      await run.close();
    }
  });
});

describe("a script", () => {
  test("that changed is refused on resume, with the journal as it was", async () => {
    await expect(carryOut(marks(0, 3), stopAt("sent", 2))).rejects.toThrow("stopped");
    const before = readFileSync(journal(), "utf8");
    await expect(carryOut(marks(0, 4))).rejects.toMatchObject({ code: "LPCTL_MIGRATE_CHANGED", exit: 3, why: expect.stringContaining("4 instead of 3") as string });
    expect(readFileSync(journal(), "utf8")).toBe(before);
    await expect(MigrationRun.open(project, scriptOf(NAME, marks(0, 3)), { sender: localSigner(1).address })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_OTHER_SENDER" });
  });

  test.each<[string, Partial<Migration>, string]>([
    ["in prepare", { prepare: async () => Promise.reject(new RangeError("no such round")) }, "prepare threw RangeError: no such round"],
    ["half-way through its operations", { async *operations() { yield mark(0); throw new Error("row 2 is broken"); } }, "operations, after 1 of them, threw Error: row 2 is broken"],
    ["because two operations have one id", { operations: () => [mark(0), mark(0)] }, 'two operations have the id "mark-0"'],
    ["because an id would be obeyed by a terminal", { operations: () => [mark(0, { id: "a\u001b[31m" })] }, "operation 1 is not one: id holds characters that a terminal would obey"],
    ["because something is no operation", { operations: () => [{ ...mark(0), calls: [] }] }, "operation 1 is not one: calls no calls"],
  ])("that fails %s leaves nothing written or sent", async (_, parts, why) => {
    const nonce = await anvil.rpc.nonce(signer.address);
    await expect(carryOut({ ...marks(0, 3), ...parts })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SCRIPT_FAILED", why: expect.stringContaining(why) as string });
    expect(existsSync(join(folder, "migrations/local"))).toBe(false);
    expect(await anvil.rpc.nonce(signer.address)).toBe(nonce);
  });

  test("whose predicate throws half-way goes on when it is corrected", async () => {
    const broken = { ...marks(0, 3), operations: () => [mark(0), mark(1, { enacted: () => Promise.reject(new Error("typo")) }), mark(2)] };
    await expect(carryOut(broken)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SCRIPT_FAILED", why: expect.stringContaining('enacted of "mark-1" threw Error: typo') as string });
    expect(await carryOut({ ...broken, operations: () => [mark(0), mark(1), mark(2)] })).toMatchObject({ confirmed: 2, skipped: 0 });
  });

  test.each<[string, unknown]>([["a list", [true]], ["undefined", undefined], ["bigint", 1n]])("whose predicate gives %s, which is neither true nor false, is refused before anything is signed", async (what, given) => {
    const vague = { ...marks(0, 1), operations: () => [mark(0, { enacted: async () => given as boolean })] };
    const refusal = { code: "LPCTL_MIGRATE_SCRIPT_FAILED", why: `enacted of "mark-0" gave neither true nor false, but ${what}` };
    await expect(carryOut(vague)).rejects.toMatchObject(refusal);
    expect(await timesMarked(0)).toBe(0n);
  });

  test("whose operations follow the chain instead of what was prepared is stopped before another one is signed", async () => {
    const follows = defineMigration({
      title: "What is not marked yet",
      async *operations(chain) {
        for (let slot = 0; slot < 3; slot++) if (BigInt(await chain.storage(MARKS, BigInt(slot % 2))) === 0n) yield mark(slot);
      },
    }) as Migration;
    const error = await carryOut(follows).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "LPCTL_MIGRATE_CHANGED", exit: 3, why: expect.stringContaining("it gives 2 operations now, and gave 3") as string });
    expect(await Promise.all([0, 1, 2].map(timesMarked))).toEqual([1n, 1n, 0n]);
  });

  test("that was prepared on another chain under the same name is not run with that", async () => {
    await new RunFolder(folder, "local", NAME).savePrepared("of yesterday's chain", `0x${"12".repeat(32)}`);
    await expect(carryOut(marks(0, 1))).rejects.toMatchObject({ code: "LPCTL_MIGRATE_CHANGED", exit: 3, why: expect.stringContaining("is of another chain") as string });
    expect(existsSync(runFolder()), "it stays for whoever wants to know").toBe(true);
    expect(await timesMarked(0)).toBe(0n);
  });

  test("that edits its rows between the plan and the sending has nothing of them sent", async () => {
    const treacherous = defineMigration({
      title: "Rows",
      async prepare(chain) {
        await chain.keepRows("slots", [5n, 6n]);
        return null;
      },
      async *operations(chain) {
        for await (const slot of chain.rows("slots")) yield mark(Number(slot));
        writeFileSync(join(runFolder(), "rows-slots.ndjson"), '{"bigint":"7"}\n{"bigint":"6"}\n');
      },
    }) as Migration;
    await expect(carryOut(treacherous)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_CHANGED", why: expect.stringContaining('operation 1 is another one now ("mark-7")') as string });
    expect(await timesMarked(7)).toBe(0n);
  });

  test("whose operations come without end leaves others their turn, Ctrl-C among them", async () => {
    let heard = 0;
    const timer = setInterval(() => heard++, 0);
    const operation = mark(0);
    const endless = { ...marks(0, 1), *operations() { for (let at = 0; ; at++) yield { ...operation, id: at < 600 ? String(at) : "0" }; } };
    await expect(carryOut(endless)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SCRIPT_FAILED" });
    clearInterval(timer);
    expect(heard).toBeGreaterThan(0);
  });

  test("whose calls do not do what its predicate asks for is stopped after the first", async () => {
    const wrong = { ...marks(0, 2), operations: () => [mark(0, { enacted: async () => false }), mark(1)] };
    await expect(carryOut(wrong)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_NOT_ENACTED", exit: 7 });
    expect(await timesMarked(1)).toBe(0n);
    await expect(carryOut({ ...marks(0, 1), verify: async () => ["the moon is full"] })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_CHANGED" });
  });

  test("whose rows do not fit onto the disk leaves nothing written, and says so", async () => {
    const prepare: Migration["prepare"] = async (chain) => {
      mkdirSync(runFolder(), { recursive: true });
      symlinkSync("/dev/full", join(runFolder(), "rows-slots.ndjson.tmp"));
      await chain.keepRows("slots", [1, 2, 3]);
      return undefined;
    };
    await expect(carryOut({ ...marks(0, 3), prepare })).rejects.toMatchObject({ code: "LPCTL_DISK_FULL" });
    expect(existsSync(join(folder, "migrations/local"))).toBe(false);
  });

  test("prepares once: a later run has the same plan, however the chain has moved", async () => {
    let times = 0;
    const migration = defineMigration({
      title: "Rows",
      async prepare(chain) {
        times++;
        await chain.keepRows("slots", [{ slot: 5n }, { slot: 6n }]);
        return { at: (await chain.block()).number };
      },
      async *operations(chain, { at }) {
        for await (const row of chain.rows("slots")) yield mark(Number(z.object({ slot: z.bigint() }).parse(row).slot), { title: `at ${at}`, independent: true });
      },
    }) as Migration;
    await expect(carryOut(migration, stopAt("sent"))).rejects.toThrow("stopped");
    await cheat("evm_mine");
    expect(await carryOut(migration)).toMatchObject({ operations: 2 });
    expect(times).toBe(1);
    writeFileSync(join(runFolder(), "rows-slots.ndjson"), '{"slot":{"bigint":"7"}}\n');
    await expect(carryOut(migration)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_PREPARED_UNREADABLE", why: expect.stringContaining('the rows "slots"') as string });
  });
});

describe("what goes wrong around it", () => {
  test("a reorganisation that takes confirmed transactions out again, while it runs", async () => {
    await cheat("evm_mine");
    let left = 5;
    const onProgress: SendMigrationOptions["onProgress"] = ({ kind }) => {
      // The last three blocks go, with what is in them; this node puts nothing back by itself.
      if (kind === "sent" && --left === 0) void cheat("anvil_reorg", 3, []);
    };
    const migration = { ...marks(0, 9), operations: () => Array.from({ length: 9 }, (_, at) => mark(at, { independent: at > 0 })) };
    await carryOut(migration, { onProgress, window: 1 });
    expect(await Promise.all(Array.from({ length: 9 }, (_, at) => timesMarked(at)))).toEqual(Array(9).fill(1n));
  });

  test("a reorganisation after the end that takes out what somebody else had done: a later run does it", async () => {
    await cheat("evm_mine");
    await markElsewhere(0);
    await markElsewhere(1);
    expect(await carryOut(marks(0, 2))).toMatchObject({ skipped: 2, confirmed: 0 });
    await cheat("anvil_reorg", 1, []);
    expect(await carryOut(marks(0, 2))).toMatchObject({ skipped: 1, confirmed: 1 });
    expect([await timesMarked(0), await timesMarked(1)]).toEqual([1n, 1n]);
  });

  test("a reorganisation while it runs that takes out what somebody else had done: it is done by the same run", async () => {
    await cheat("evm_mine");
    await markElsewhere(0);
    let isGone = false;
    const onProgress: SendMigrationOptions["onProgress"] = ({ kind, operation }) => {
      // The mark by somebody else goes, and the two that follow with it.
      if (kind !== "confirmed" || operation.id !== "mark-2" || isGone) return;
      isGone = true;
      void cheat("anvil_reorg", 3, []);
    };
    await carryOut({ ...marks(0, 4), operations: () => Array.from({ length: 4 }, (_, at) => mark(at)) }, { onProgress });
    expect(isGone).toBe(true);
    expect(await Promise.all([0, 1, 2, 3].map(timesMarked))).toEqual([1n, 1n, 1n, 1n]);
  });

  test("a journal that was lost, or damaged, is written anew from the chain", async () => {
    await expect(carryOut(marks(0, 8), stopAt("confirmed:written", 4))).rejects.toThrow("stopped");
    const script = scriptOf(NAME, marks(0, 8));
    await expect(rebuildJournal(project, script, { sender: signer.address })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_JOURNAL_WHOLE" });
    writeFileSync(journal(), readFileSync(journal(), "utf8").replace('"chainId":"31337"', '"chainId":"31338"'));
    await expect(carryOut(marks(0, 8))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_UNREADABLE" });
    const sent = (await Promise.all(Array.from({ length: 8 }, (_, at) => timesMarked(at)))).filter((times) => times > 0n).length;
    expect(await rebuildJournal(project, script, { sender: signer.address })).toMatchObject({ operations: 8, enacted: sent, open: 8 - sent, movedTo: `${journal()}.damaged` });
    expect(await carryOut(marks(0, 8))).toMatchObject({ skipped: sent, confirmed: 8 - sent });
    rmSync(journal());
    expect(await carryOut(marks(0, 8))).toMatchObject({ skipped: 8, confirmed: 0 });
  });

  test("a lost journal whose transactions are not mined yet: nothing is signed anew until they are", async () => {
    await cheat("evm_setAutomine", false);
    await expect(carryOut(marks(0, 3), stopAt("sent", 2))).rejects.toThrow("stopped");
    rmSync(journal());
    await expect(carryOut(marks(0, 3))).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SENDER_BUSY", exit: 5, details: { waiting: 2n } });
    await cheat("evm_setAutomine", true);
    await cheat("evm_mine");
    expect(await carryOut(marks(0, 3))).toMatchObject({ skipped: 2, confirmed: 1 });
  });

  test("half-done operations of several transactions are not guessed about", async () => {
    const two = { ...marks(0, 0), operations: () => [mark(1, { calls: [{ to: MARKS, data: word(0), valueWei: 0n }, { to: MARKS, data: word(1), valueWei: 0n }] })] };
    await expect(carryOut(two, stopAt("confirmed:written", 1))).rejects.toThrow("stopped");
    truncateSync(journal(), 0);
    const script = scriptOf(NAME, two);
    await expect(rebuildJournal(project, script, { sender: signer.address })).rejects.toMatchObject({ code: "LPCTL_MIGRATE_HALF_DONE", details: { operations: ["mark-1"] } });
    expect(loadMigrationState(journal())).toBeUndefined();
    expect(await rebuildJournal(project, script, { sender: signer.address, notSent: ["mark-1"] })).toMatchObject({ open: 1 });
  });

  test("a nonce that went to another transaction stops it, and goes on when told to", async () => {
    await cheat("evm_setAutomine", false);
    await expect(carryOut(marks(0, 3), stopAt("send"))).rejects.toThrow("stopped");
    await cheat("evm_setAutomine", true);
    await cheat("eth_sendTransactionSync", { from: signer.address, to: signer.address });
    await expect(carryOut(marks(0, 3))).rejects.toMatchObject({ code: "LPCTL_SENDER_NONCE_TAKEN", exit: 3, details: { nonce: await anvil.rpc.nonce(signer.address) - 1n } });
    expect(await carryOut(marks(0, 3), { abandonTakenNonces: true })).toMatchObject({ confirmed: 3 });
    expect(await timesMarked(0)).toBe(1n);
  });

  test("fees that became too low are raised, and whichever transaction is mined counts", async () => {
    await cheat("evm_setAutomine", false);
    let raised = 0;
    const onProgress: SendMigrationOptions["onProgress"] = ({ kind }) => {
      if (kind === "sent" && ++raised === 3) void cheat("evm_mine");
    };
    await carryOut(marks(0, 1), { bumpAfterMs: 20, onProgress });
    const lines = readFileSync(journal(), "utf8").split("\n").filter((line) => line.includes('"kind":"attempt"'));
    const fees = lines.map((line) => BigInt(/"maxFeePerGasWei":"(\d+)"/.exec(line)?.[1] ?? 0));
    expect(new Set(lines.map((line) => /"nonce":"(\d+)"/.exec(line)?.[1])).size).toBe(1);
    expect(fees.length).toBeGreaterThanOrEqual(3);
    for (const [at, fee] of fees.entries()) if (at > 0) expect(fee * 8n).toBeGreaterThanOrEqual((fees[at - 1] ?? 0n) * 9n);
    expect(await timesMarked(0)).toBe(1n);
  });

  test("a second run of the same migration is kept out", async () => {
    let second: Promise<unknown> | undefined;
    const onCheckpoint = (): void => void (second ??= MigrationRun.open(project, scriptOf(NAME, marks(0, 2)), { sender: signer.address }).catch((error: unknown) => error));
    await carryOut(marks(0, 2), { onCheckpoint });
    expect(await second).toMatchObject({ code: "LPCTL_JOURNAL_LOCKED" });
  });
});

describe("a journal with right checksums that somebody else wrote", () => {
  /** Somebody else marks too, so that how often is not verified. */
  const { verify: _, ...rows } = marks(0, 3);
  const untrue = (why: string) => ({ code: "LPCTL_JOURNAL_UNTRUE", exit: 3, why: expect.stringContaining(why) as string, next: expect.stringContaining("lpctl migrate rebuild 1 --key NAME") as string });
  const rebuild = () => rebuildJournal(project, scriptOf(NAME, rows), { sender: signer.address });

  /** What another account sent, in the words of a journal. */
  async function sentByAnother(slot: number): Promise<Entry> {
    const another = localSigner(1);
    const fees = { gasLimit: 100_000n, maxFeePerGasWei: 10n ** 10n, maxPriorityFeePerGasWei: 1n };
    const nonce = await anvil.rpc.nonce(another.address);
    const raw = await another.signTransaction({ chainId: 31337n, nonce, to: MARKS, data: word(slot), valueWei: 0n, ...fees });
    const hash = await anvil.rpc.sendRawTransaction(raw);
    const { blockNumber, blockHash } = await pollUntil(async () => (await anvil.rpc.receipt(hash)) ?? undefined, { deadlineMs: 5_000, intervalMs: 5, what: "the receipt" });
    return { raw, hash, nonce: nonce.toString(), blockNumber: blockNumber.toString(), blockHash };
  }

  test.each([
    ["young", []],
    ["final", [{ kind: "final", blockNumber: "99999999" }]],
  ])("passes no other transaction for one of its own, though it is %s", async (_, ending: Entry[]) => {
    await expect(carryOut(rows, { ...stopAt("confirmed:written", 2), window: 1 })).rejects.toThrow("stopped");
    const honest = readFileSync(journal(), "utf8");
    const nonce = await anvil.rpc.nonce(signer.address);
    const forge = (fields: Entry): void => {
      writeFileSync(journal(), honest);
      forgeJournal(journal(), (entries) => [...entries.map((entry) => (entry["step"] === 0 ? { ...entry, ...Object.fromEntries(Object.entries(fields).filter(([name]) => name in entry)) } : entry)), ...ending]);
    };
    forge(await sentByAnother(0));
    await expect(carryOut(rows)).rejects.toMatchObject(untrue(`It was sent by ${localSigner(1).address}`));
    forge(await sentByAnother(7));
    await expect(carryOut(rows)).rejects.toMatchObject(untrue("is another one. Its"));
    expect(await anvil.rpc.nonce(signer.address)).toBe(nonce);
    expect(await rebuild()).toMatchObject({ movedTo: `${journal()}.damaged` });
    expect(await carryOut(rows)).toMatchObject({ operations: 3 });
  });

  test("leaves out nothing that it has as done by somebody else", async () => {
    await expect(carryOut(rows, stopAt("plan:written"))).rejects.toThrow("stopped");
    const skipped = (step: number, more: Entry = {}): Entry => ({ kind: "skipped", operation: `mark-${step}`, step, ...more });
    forgeJournal(journal(), (entries) => [...entries, skipped(1), skipped(2, { blockNumber: "1" })]);
    await expect(carryOut(rows)).rejects.toMatchObject(untrue("there as done for good, and its predicate says that it was not"));
    expect(await rebuild()).toMatchObject({ enacted: 0, open: 3 });
    // What may have been taken out by a reorganisation is simply done.
    forgeJournal(journal(), (entries) => [...entries, skipped(2, { blockNumber: "1" })]);
    expect(await carryOut(rows)).toMatchObject({ skipped: 0, confirmed: 3 });
  });
});

test("a dry run does all of it on a fork, and nothing on the chain or the disk", async () => {
  const run = await MigrationRun.open(project, scriptOf(NAME, marks(0, 5)), { sender: signer.address });
  try {
    const report = await dryRun(run);
    expect(report).toMatchObject({ operations: 5, transactions: 5, proposals: 0, skipped: 0, differences: [] });
    expect(report.costWei).toBe(report.senderGas * report.gasPriceWei);
    expect(report.senderGas).toBeGreaterThan(5n * 43_000n);
    expect(report.shown.map(({ id }) => id)).toEqual(["mark-0", "mark-1", "mark-2", "mark-3", "mark-4"]);
  } finally {
    await run.close();
  }
  expect(await timesMarked(0)).toBe(0n);
  expect(existsSync(join(folder, "migrations/local"))).toBe(false);
});
