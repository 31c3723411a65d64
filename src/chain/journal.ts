import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { flushFolder } from "../flush-folder.ts";
import { bigintAsText } from "../protocol/bigint-json.ts";
import { printable } from "../protocol/printable.ts";
import { applyEntry, journalEntrySchema, reduceJournal } from "./journal-entries.ts";
import { takeLock } from "./lock-file.ts";
import type { JournalEntry, JournalState } from "./journal-entries.ts";

/**
 * The journal of what was sent: one JSON object per line, appended and flushed to the disk before the next
 * thing happens. Each line carries a checksum over itself and all lines before it, so that an edited, cut or
 * reordered journal is noticed. Only the end may be torn (a write that a kill or power loss interrupted): an
 * incomplete last line was never acted upon, and is dropped.
 */
export class Journal {
  readonly path: string;
  readonly #file: number;
  readonly #unlock: () => void;
  readonly #onCheckpoint: ((name: string) => void) | undefined;
  #length: number;
  #sum: string;
  #state: JournalState | undefined;
  #lines: number;

  /**
   * Opens or creates the journal and locks it against other processes.
   * @param onCheckpoint called just before and after each line reaches the disk (crash tests end the process there)
   * @throws LPCTL_JOURNAL_LOCKED, LPCTL_JOURNAL_UNREADABLE, LPCTL_DISK_FULL
   */
  constructor(path: string, onCheckpoint?: (name: string) => void) {
    this.path = path;
    this.#onCheckpoint = onCheckpoint;
    const folder = dirname(path);
    translateDiskErrors(path, () => mkdirSync(folder, { recursive: true }));
    this.#unlock = translateDiskErrors(path, () => takeLock(`${path}.lock`));
    try {
      this.#file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
      try {
        const content = readFileSync(path);
        const journal = parseJournal(path, content);
        this.#length = journal.length;
        this.#sum = journal.sum;
        this.#state = journal.state;
        this.#lines = journal.lines;
        if (journal.length < content.length) ftruncateSync(this.#file, journal.length);
        flushFolder(folder);
      } catch (error) {
        closeSync(this.#file);
        throw error;
      }
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  /** `undefined` while nothing was written. */
  get state(): JournalState | undefined {
    return this.#state;
  }

  /** Returns when the line is on the disk. @throws LPCTL_DISK_FULL; then the journal is as it was before. */
  append(entry: JournalEntry): void {
    const body = JSON.stringify(entry, bigintAsText);
    const sum = chain(this.#sum, body);
    const bytes = Buffer.from(formatLine(sum, body));
    this.#onCheckpoint?.(`${entry.kind}:write`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
      fsyncSync(this.#file);
    } catch (error) {
      this.#cutBack();
      throw diskError(this.path, error);
    }
    this.#length += bytes.length;
    this.#sum = sum;
    this.#lines++;
    this.#apply(entry);
    this.#onCheckpoint?.(`${entry.kind}:written`);
  }

  /** Best effort: a torn end is also dropped when the journal is opened next. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {}
  }

  #apply(entry: JournalEntry): void {
    if (entry.kind === "plan" || this.#state === undefined) {
      this.#state = reduceJournal([entry]);
      return;
    }
    const operation = this.#state.operations.find(({ id }) => id === entry.operation);
    if (operation !== undefined) applyEntry(operation, entry, this.#lines);
  }

  /** Gives the lock back. The journal stays. */
  close(): void {
    closeSync(this.#file);
    this.#unlock();
  }
}

/**
 * Reads a journal without locking or changing it, e.g. to show where a command stands.
 * @returns `undefined` when there is none or nothing was written
 * @throws LPCTL_JOURNAL_UNREADABLE
 */
export async function loadJournal(path: string): Promise<JournalState | undefined> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  return parseJournal(path, content).state;
}

const NO_SUM = "0".repeat(64);

function parseJournal(path: string, content: Buffer): { length: number; sum: string; lines: number; state: JournalState | undefined } {
  const length = content.lastIndexOf(0x0a) + 1;
  const lines = content.subarray(0, length).toString("utf8").split("\n").slice(0, -1);
  const entries: JournalEntry[] = [];
  let sum = NO_SUM;
  lines.forEach((line, at) => {
    const match = /^\{"sum":"([0-9a-f]{64})","entry":(\{.*\})\}$/s.exec(line);
    const [, stated, body] = match ?? [];
    if (stated === undefined || body === undefined) throw unreadable(path, `line ${at + 1} is not a journal line`);
    sum = chain(sum, body);
    if (sum !== stated) throw unreadable(path, `line ${at + 1} was changed, or a line before it was removed`);
    const entry = journalEntrySchema.safeParse(parseJson(body));
    if (!entry.success) throw unreadable(path, `line ${at + 1}: ${printable(entry.error.issues[0]?.message ?? "unknown kind of line")}`);
    entries.push(entry.data);
  });
  try {
    return { length, sum, lines: lines.length, state: reduceJournal(entries) };
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function formatLine(sum: string, body: string): string {
  return `{"sum":"${sum}","entry":${body}}\n`;
}

function chain(previous: string, body: string): string {
  return createHash("sha256").update(previous).update(body).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_JOURNAL_UNREADABLE",
    exit: Exit.refused,
    message: `The journal ${path} cannot be trusted`,
    why,
    next: "Restore it from a backup. Only if you know from a block explorer that none of its transactions is open, move it away and start again.",
    details: { path },
  });
}

function translateDiskErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(path, error);
  }
}

function diskError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LpctlError || !("code" in error)) return error;
  const full = error.code === "ENOSPC" || error.code === "EDQUOT" || error.code === "EFBIG";
  const denied = error.code === "EACCES" || error.code === "EROFS" || error.code === "EPERM";
  if (!full && !denied) return error;
  return new LpctlError({
    code: full ? "LPCTL_DISK_FULL" : "LPCTL_JOURNAL_NOT_WRITABLE",
    exit: Exit.failed,
    message: full ? "The disk is full" : "The journal cannot be written",
    why: `${path} could not be written (${String(error.code)}). Nothing is sent that is not in the journal first.`,
    next: full ? "Free some space and run the same command again; it continues where it stopped." : "Make its folder writable and run the same command again.",
    details: { path },
    cause: error,
  });
}
