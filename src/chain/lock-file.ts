import { closeSync, linkSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";

const lockSchema = z.strictObject({ pid: z.int().positive(), host: z.string(), started: z.string().nullable() });
const STALE_TAKEOVER_MS = 10_000;

/**
 * Takes the lock file at `path`, naming this process in it. The lock of a process that is gone is taken over.
 * @returns a function that gives the lock back
 * @throws LPCTL_JOURNAL_LOCKED while its owner lives, or when that cannot be known (another machine)
 */
export function takeLock(path: string): () => void {
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, host: hostname(), started: readStart(process.pid) }), { mode: 0o600 });
  try {
    if (!tryLink(own, path)) {
      assertStale(path);
      takeOver(own, path);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** link(2) creates the lock with its content in one step, so nobody ever sees an empty one. */
function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Only one process at a time may remove a stale lock; else two could each remove the other's fresh one. */
function takeOver(own: string, path: string): void {
  const gate = `${path}.takeover`;
  let handle: number;
  try {
    handle = openSync(gate, "wx", 0o600);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    const age = Date.now() - (statSync(gate, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_TAKEOVER_MS) rmSync(gate, { force: true });
    throw locked(path, "another process is taking it over at this moment");
  }
  try {
    closeSync(handle);
    assertStale(path);
    rmSync(path, { force: true });
    if (!tryLink(own, path)) throw locked(path, "another process was faster");
  } finally {
    rmSync(gate, { force: true });
  }
}

function assertStale(path: string): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  const lock = parseLock(text);
  if (lock === undefined) throw locked(path, "the lock file is not one of ours");
  if (lock.host !== hostname()) throw locked(path, `process ${lock.pid} on the machine ${printable(lock.host)} holds it`);
  if (isAlive(lock.pid, lock.started)) throw locked(path, `process ${lock.pid} holds it`);
}

function parseLock(text: string): z.infer<typeof lockSchema> | undefined {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A process id can be used again after a restart; where the system tells start times, they must agree too. */
function isAlive(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return false;
  }
  const now = readStart(pid);
  return started === null || now === null || now === started;
}

/** Linux: ticks since boot at which the process started. Elsewhere unknown. */
function readStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function locked(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_JOURNAL_LOCKED",
    exit: Exit.refused,
    message: "Another command is working with this journal",
    why: `${why} (${path})`,
    next: "Wait until it ends. If you are sure that none runs, delete the lock file and try again.",
    details: { lock: path },
  });
}
