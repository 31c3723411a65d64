import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { stopProcess } from "../../chain/anvil.ts";
import { pollUntil } from "../../chain/poll.ts";
import { isProcessAlive, readCommandLine } from "../../chain/process-alive.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { entryFile } from "../../package-root.ts";
import { printable } from "../../protocol/printable.ts";
import { loadRunnerRecord, removeRunnerRecord, runnerPaths, saveRunnerSettings, type RunnerRecord, type RunnerSettings } from "./runner-files.ts";
import type { RunnerStatus } from "./runner-status.ts";

const ENTRY = "src/node/runner/runner-worker.ts";
/** A hundred transcoders and a thousand delegators enter within this, on a busy machine. */
const ENTER_DEADLINE_MS = 180_000;
/** More than two questions in a row that the chain does not answer. */
const SILENT_AFTER_MS = 30_000;

/** What is known of the runner of a project. Plain data. */
export interface RunnerReport {
  /**
   * - `none`: never started, or stopped
   * - `entering`: its actors get their stake
   * - `running`: it wrote its record a moment ago
   * - `silent`: its process runs and has not written for a while
   * - `ended`, `failed`: it ended by itself, or was killed
   */
  state: "none" | "entering" | "running" | "silent" | "ended" | "failed";
  /** One sentence. */
  account: string;
  pid: number | null;
  startedAt: string | null;
  heartbeatAt: string | null;
  /** The last it wrote; of the moment of `heartbeatAt`. */
  status: RunnerStatus | null;
}

/**
 * Starts the runner of a project as a process that outlives this one, and returns when its actors have entered. One that runs
 * already is ended first. The settings stay in the project.
 * @throws LPCTL_RUNNER_DIED with its last words
 */
export async function startRunner(projectFolder: string, settings: RunnerSettings): Promise<{ pid: number }> {
  const folder = resolve(projectFolder);
  await stopRunner(folder);
  const { log } = runnerPaths(folder);
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  await saveRunnerSettings(folder, settings);
  const output = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [entryFile(ENTRY), folder], { stdio: ["ignore", output, output], detached: true, windowsHide: true });
  closeSync(output);
  let problem: Error | undefined;
  child.once("error", (error) => (problem = error));
  child.unref();
  try {
    const { pid } = child;
    const record = await pollUntil(
      async () => {
        const written = await loadRunnerRecord(folder);
        const own = written?.pid === pid ? written : undefined;
        if (own?.state === "running" || own?.state === "failed" || own?.state === "ended") return own;
        if (problem !== undefined || child.exitCode !== null || child.signalCode !== null) throw died(problem?.message ?? lastWords(log));
        return undefined;
      },
      { deadlineMs: ENTER_DEADLINE_MS, intervalMs: 20, longestIntervalMs: 200, what: "the actors to enter" },
    );
    if (record.state !== "running") throw died(record.reason ?? lastWords(log));
    return { pid: record.pid };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Ends the runner of a project and waits until it is gone. Ends no process that is not its own. @returns whether one ran */
export async function stopRunner(projectFolder: string): Promise<boolean> {
  const folder = resolve(projectFolder);
  const record = await loadRunnerRecord(folder).catch(() => undefined);
  const runs = record !== undefined && (await isRunner(record.pid, folder));
  if (runs) await stopProcess(record.pid);
  removeRunnerRecord(folder);
  return runs;
}

/** The truth about the runner of a project: its record, held against the process table. Changes nothing. */
export async function readRunnerStatus(projectFolder: string): Promise<RunnerReport> {
  const folder = resolve(projectFolder);
  const record = await loadRunnerRecord(folder);
  if (record === undefined) return { state: "none", account: "No actors are at work.", pid: null, startedAt: null, heartbeatAt: null, status: null };
  return { ...(await judge(record, folder)), pid: record.pid, startedAt: record.startedAt, heartbeatAt: record.heartbeatAt, status: record.status };
}

async function judge(record: RunnerRecord, folder: string): Promise<Pick<RunnerReport, "state" | "account">> {
  const { pid, state, reason } = record;
  if (state === "failed") return { state, account: `The actors stopped: ${printable(reason ?? "nobody knows why")}` };
  if (state === "ended") return { state, account: `The actors went home: ${printable(reason ?? "nobody knows why")}.` };
  if (!(await isRunner(pid, folder))) return { state: "ended", account: `The runner (process ${pid}) has ended without being stopped.` };
  const ageMs = Date.now() - Date.parse(record.heartbeatAt);
  if (ageMs > SILENT_AFTER_MS) return { state: "silent", account: `The runner (process ${pid}) has said nothing for ${Math.round(ageMs / 1_000)} s.` };
  if (state === "entering") return { state, account: "The actors are getting their stake." };
  return { state, account: "The actors are at work." };
}

/** Whether a process id is still that of this project's runner, and not of a program that got the number later. */
async function isRunner(pid: number, folder: string): Promise<boolean> {
  if (!isProcessAlive(pid)) return false;
  const words = await readCommandLine(pid);
  return words !== undefined && words.some((word) => /[/\\]runner-worker\.(ts|js)$/.test(word)) && (words.includes(folder) || words.join(" ").endsWith(` ${folder}`));
}

function lastWords(log: string): string {
  try {
    const lines = readFileSync(log, "utf8").slice(-4_000).split("\n").map((line) => printable(line.trim()));
    return lines.filter((line) => line !== "").slice(-4).join(" | ");
  } catch {
    return "It said nothing.";
  }
}

function died(why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_RUNNER_DIED",
    exit: Exit.failed,
    message: "The actors could not begin their work.",
    why,
    next: "lpctl node stop, then lpctl node start",
  });
}
