import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { flushFolder } from "../flush-folder.ts";
import { bigintAsText } from "../protocol/bigint-json.ts";
import { takeLock } from "./lock-file.ts";

const NO_SUM = "0".repeat(64);
const CHUNK_BYTES = 1 << 20;
/** No line of ours is longer: the largest transaction that nodes take has 128 KiB, and stands in it as hex. */
const LONGEST_LINE_BYTES = 1 << 22;

/** Called with each line's entry as parsed JSON, and its number from 1. What it throws says why the journal cannot be trusted. */
export type EntryReader = (entry: unknown, line: number) => void;

interface Position {
  length: number;
  sum: string;
  lines: number;
}

/**
 * A file of one JSON object per line, appended and flushed to the disk before the next thing happens. Each line carries a
 * checksum over itself and all lines before it, so that an edited, cut or reordered file is noticed. Only the end may be torn
 * (a write that a kill or power loss interrupted): an incomplete last line was never acted upon, and is dropped. Read line by
 * line: it may be longer than memory.
 */
export class JournalFile {
  readonly path: string;
  readonly #file: number;
  readonly #unlock: () => void;
  readonly #onCheckpoint: ((name: string) => void) | undefined;
  readonly #at: Position;

  /**
   * Opens or creates the file, locks it against other processes, and gives what it holds to `read`.
   * @param onCheckpoint called just before and after each line reaches the disk (crash tests end the process there)
   * @throws LPCTL_JOURNAL_LOCKED, LPCTL_JOURNAL_UNREADABLE, LPCTL_DISK_FULL
   */
  constructor(path: string, read: EntryReader, onCheckpoint?: (name: string) => void) {
    this.path = path;
    this.#onCheckpoint = onCheckpoint;
    const folder = dirname(path);
    translateDiskErrors(path, () => mkdirSync(folder, { recursive: true }));
    this.#unlock = translateDiskErrors(path, () => takeLock(`${path}.lock`));
    try {
      this.#file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
      try {
        const { isTorn, ...position } = readEntries(path, this.#file, read);
        this.#at = position;
        if (isTorn) ftruncateSync(this.#file, position.length);
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

  /** How many lines it has. */
  get lines(): number {
    return this.#at.lines;
  }

  /** Returns when the line is on the disk. @throws LPCTL_DISK_FULL; then the file is as it was before. */
  append(entry: { kind: string }): void {
    const body = JSON.stringify(entry, bigintAsText);
    const sum = chain(this.#at.sum, body);
    const bytes = Buffer.from(`{"sum":"${sum}","entry":${body}}\n`);
    this.#onCheckpoint?.(`${entry.kind}:write`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
      fsyncSync(this.#file);
    } catch (error) {
      this.#cutBack();
      throw diskError(this.path, error);
    }
    this.#at.length += bytes.length;
    this.#at.sum = sum;
    this.#at.lines++;
  }

  /** To be called when what was appended has been taken in: the second half of its checkpoint. */
  applied(kind: string): void {
    this.#onCheckpoint?.(`${kind}:written`);
  }

  /** Gives the lock back. The file stays. */
  close(): void {
    closeSync(this.#file);
    this.#unlock();
  }

  /** Best effort: a torn end is also dropped when the file is opened next. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#file, this.#at.length);
    } catch {}
  }
}

/**
 * Reads a journal without locking or changing it, e.g. to show where a command stands.
 * @returns false when there is none
 * @throws LPCTL_JOURNAL_UNREADABLE
 */
export function readJournalFile(path: string, read: EntryReader): boolean {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  try {
    readEntries(path, file, read);
  } finally {
    closeSync(file);
  }
  return true;
}

function readEntries(path: string, file: number, read: EntryReader): Position & { isTorn: boolean } {
  const at: Position = { length: 0, sum: NO_SUM, lines: 0 };
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const size = readChunk(path, file, chunk, position);
    if (size === 0) return { ...at, isTorn: rest.length > 0 };
    position += size;
    let bytes = rest.length === 0 ? chunk.subarray(0, size) : Buffer.concat([rest, chunk.subarray(0, size)]);
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a)) {
      takeLine(path, bytes.toString("utf8", 0, end), at, read);
      at.length += end + 1;
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > LONGEST_LINE_BYTES) throw unreadable(path, `line ${at.lines + 1} is not a journal line`);
    rest = Buffer.from(bytes);
  }
}

function readChunk(path: string, file: number, chunk: Buffer, position: number): number {
  try {
    return readSync(file, chunk, 0, chunk.length, position);
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function takeLine(path: string, line: string, at: Position, read: EntryReader): void {
  const number = at.lines + 1;
  const match = /^\{"sum":"([0-9a-f]{64})","entry":(\{.*\})\}$/s.exec(line);
  const [, stated, body] = match ?? [];
  if (stated === undefined || body === undefined) throw unreadable(path, `line ${number} is not a journal line`);
  at.sum = chain(at.sum, body);
  if (at.sum !== stated) throw unreadable(path, `line ${number} was changed, or a line before it was removed`);
  at.lines = number;
  try {
    read(JSON.parse(body), number);
  } catch (error) {
    throw unreadable(path, error instanceof SyntaxError ? `line ${number} is not a journal line` : error instanceof Error ? error.message : String(error));
  }
}

function chain(previous: string, body: string): string {
  return createHash("sha256").update(previous).update(body).digest("hex");
}

export function unreadable(path: string, why: string): LpctlError {
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
