import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { endWithParent } from "../../chain/end-with-parent.ts";
import { pollUntil } from "../../chain/poll.ts";
import { entryFile } from "../../package-root.ts";
import { readIfThere } from "../../read-if-there.ts";
import { killNoteSchema, type KillJob, type KillNote } from "./kill-job.ts";

const DEADLINE_MS = 600_000;
/** What a shell counts the sizes of files in. */
const BLOCK_BYTES = 512;

/** How a process ended, and what it said meanwhile. */
export interface Ended {
  signal: NodeJS.Signals | null;
  notes: KillNote[];
}

/** One process that carries the plan out as far as it gets. @param mostBytes no file grows beyond it, as on a full disk */
export async function runProcess(job: KillJob, mostBytes?: number): Promise<Ended> {
  const before = (await loadNotes(job.notesPath)).length;
  const signal = await endOf(start(job, mostBytes));
  return { signal, notes: (await loadNotes(job.notesPath)).slice(before) };
}

/**
 * A process that stands still in the middle, and a second one that is started meanwhile; then the first is killed.
 * @returns what the second one said; undefined when the first came to its end without standing still
 */
export async function runBeside(job: KillJob): Promise<{ first: Ended; second: Ended | undefined }> {
  const before = (await loadNotes(job.notesPath)).length;
  const child = start({ ...job, ends: { signal: "SIGSTOP", after: job.ends?.after ?? 0 } });
  const ended = endOf(child);
  const stands = await pollUntil(async () => (child.exitCode !== null ? "ended" : (await loadNotes(job.notesPath)).length > before ? "stands" : undefined), {
    deadlineMs: DEADLINE_MS,
    intervalMs: 10,
    what: "a process to stand still",
  });
  let second: Ended | undefined;
  try {
    if (stands === "stands") second = await runProcess({ ...job, ends: undefined });
  } finally {
    child.kill("SIGKILL");
  }
  const signal = await ended;
  const notes = await loadNotes(job.notesPath);
  return { first: { signal, notes: notes.slice(before, notes.length - (second?.notes.length ?? 0)) }, second };
}

/** The size of the largest journal below a folder, in bytes. */
export function largestJournal(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const isJournal = (path: string): boolean => /\.(ndjson|jsonl|journal)$/.test(path) && statSync(path).isFile() && readFileSync(path).subarray(0, 8).toString("latin1") === '{"sum":"';
  return Math.max(0, ...files.filter(isJournal).map((path) => statSync(path).size));
}

function start(job: KillJob, mostBytes?: number): ChildProcess {
  const args = [entryFile("src/rehearsal/kill/kill-worker.ts"), JSON.stringify(job)];
  const limited = ["-c", `trap '' XFSZ; ulimit -f ${Math.ceil((mostBytes ?? 0) / BLOCK_BYTES)}; exec "$@"`, "sh", process.execPath, ...args];
  const child = mostBytes === undefined ? spawn(process.execPath, args, { stdio: "ignore" }) : spawn("/bin/sh", limited, { stdio: "ignore" });
  endWithParent(child);
  return child;
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal;
}

async function loadNotes(path: string): Promise<KillNote[]> {
  const text = (await readIfThere(path)) ?? "";
  return text.split("\n").slice(0, -1).map((line) => killNoteSchema.parse(JSON.parse(line)));
}
