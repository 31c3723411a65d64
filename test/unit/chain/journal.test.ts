import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal, loadJournal } from "../../../src/chain/journal.ts";
import type { JournalEntry } from "../../../src/chain/journal-entries.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-journal-"));
  path = join(folder, "run.ndjson");
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const PLAN: JournalEntry = {
  kind: "plan",
  version: 1,
  chainId: 31337n,
  genesisHash: hash("01"),
  sender: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" as Address,
  firstNonce: 0n,
  operationsHash: hash("02"),
  operations: [
    { id: "a", title: "first \u2028 one" },
    { id: "b", title: "second" },
  ],
};
const ATTEMPT: JournalEntry = { kind: "attempt", operation: "a", nonce: 0n, gasLimit: 21000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n, hash: hash("0a"), raw: "0x02" };
const CONFIRMED: JournalEntry = { kind: "confirmed", operation: "a", hash: hash("0a"), status: "success", blockNumber: 1n, blockHash: hash("0b") };

function write(...entries: JournalEntry[]): void {
  const journal = new Journal(path);
  try {
    for (const entry of entries) journal.append(entry);
  } finally {
    journal.close();
  }
}

test("gives back the state it was given, to readers too", async () => {
  write(PLAN, ATTEMPT);
  expect((await loadJournal(path))?.operations.map(({ status }) => status)).toEqual(["in-flight", "waiting"]);
  write(CONFIRMED, { kind: "skipped", operation: "b" });
  const state = await loadJournal(path);
  expect(state?.operations.map(({ status }) => status)).toEqual(["confirmed", "skipped"]);
  expect(state?.operations[0]?.mined).toEqual({ hash: hash("0a"), blockNumber: 1n, blockHash: hash("0b") });
  expect(await loadJournal(join(folder, "none"))).toBeUndefined();
});

test("is readable by its owner only, because signed bytes are in it", () => {
  write(PLAN);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test("drops a last line torn at any byte, and goes on from there", async () => {
  write(PLAN, ATTEMPT);
  const whole = readFileSync(path).length;
  write(CONFIRMED);
  const end = readFileSync(path).length;
  for (let length = end - 1; length >= whole; length -= 7) {
    truncateSync(path, length);
    expect((await loadJournal(path))?.operations[0]?.status).toBe("in-flight");
  }
  write(CONFIRMED);
  expect(readFileSync(path).length).toBe(end);
  expect((await loadJournal(path))?.operations[0]?.status).toBe("confirmed");
});

test.each<[string, (text: string) => string]>([
  ["a changed digit", (text) => text.replace('"nonce":"0"', '"nonce":"1"')],
  ["a removed line", (text) => text.split("\n").toSpliced(1, 1).join("\n")],
  ["exchanged lines", (text) => [0, 2, 1].map((at) => text.split("\n")[at] ?? "").join("\n") + "\n"],
  ["a foreign line", (text) => `${text}{"kind":"sent"}\n`],
  ["an empty line", (text) => text.replace("\n", "\n\n")],
])("refuses a journal with %s", async (_, edit) => {
  write(PLAN, ATTEMPT, CONFIRMED);
  const edited = edit(readFileSync(path, "utf8"));
  writeFileSync(path, edited);
  const refusal = { code: "LPCTL_JOURNAL_UNREADABLE", exit: 3 };
  await expect(loadJournal(path)).rejects.toMatchObject(refusal);
  expect(() => new Journal(path)).toThrow(expect.objectContaining(refusal));
  expect(readFileSync(path, "utf8")).toBe(edited);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("refuses lines that cannot follow each other", () => {
  expect(() => write(PLAN, CONFIRMED)).toThrow("cannot follow");
  expect(() => new Journal(path)).toThrow(expect.objectContaining({ code: "LPCTL_JOURNAL_UNREADABLE" }));
});

test("lets one process in at a time", () => {
  const journal = new Journal(path);
  expect(() => new Journal(path)).toThrow(expect.objectContaining({ code: "LPCTL_JOURNAL_LOCKED" }));
  journal.close();
  new Journal(path).close();
});

test("takes over the lock of a process that is gone", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(`${path}.lock`, JSON.stringify({ pid, host: hostname(), started: null }));
  new Journal(path).close();
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test.runIf(process.platform === "linux")("is not fooled by a process id that was given away again", () => {
  writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, host: hostname(), started: "1" }));
  new Journal(path).close();
});

test.each([
  ["a living process", () => JSON.stringify({ pid: process.pid, host: hostname(), started: null })],
  ["another machine", () => JSON.stringify({ pid: 1, host: "elsewhere.invalid", started: null })],
  ["nobody we know", () => "busy"],
])("respects a lock held by %s", (_, content) => {
  writeFileSync(`${path}.lock`, content());
  expect(() => new Journal(path)).toThrow(expect.objectContaining({ code: "LPCTL_JOURNAL_LOCKED" }));
  expect(existsSync(path)).toBe(false);
});

test.runIf(process.platform === "linux")("says when the disk is full, and keeps what was there", async () => {
  write(PLAN);
  const before = readFileSync(path, "utf8");
  const limit = Math.ceil(before.length / 512) * 512;
  const script = `
    import { Journal } from ${JSON.stringify(join(process.cwd(), "src/chain/journal.ts"))};
    const journal = new Journal(process.argv[1]);
    try {
      journal.append({ kind: "attempt", operation: "a", nonce: 0n, gasLimit: 1n, maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n, hash: "0x" + "0a".repeat(32), raw: "0x" + "00".repeat(2000) });
    } catch (error) { process.stdout.write(error.code); }`;
  // A limit on file sizes fails a write as a full disk does.
  const child = spawn("sh", ["-c", `trap '' XFSZ; ulimit -f ${limit / 512}; exec "$@"`, "sh", process.execPath, "--input-type=module", "-e", script, path]);
  let said = "";
  child.stdout.on("data", (part: Buffer) => (said += part.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  expect(said).toBe("LPCTL_DISK_FULL");
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("ignores what a power loss may leave after the last whole line", async () => {
  write(PLAN, ATTEMPT);
  appendFileSync(path, Buffer.alloc(512));
  expect((await loadJournal(path))?.operations[0]?.status).toBe("in-flight");
  write(CONFIRMED);
  expect((await loadJournal(path))?.operations[0]?.status).toBe("confirmed");
});
