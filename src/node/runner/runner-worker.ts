/**
 * The node runner as a process of its own: `node runner-worker.js PROJECT_FOLDER`, with its settings in that project. Started by
 * `startRunner`; ends on SIGTERM.
 */
import { LpctlError } from "../../errors.ts";
import { boundedLog } from "./bounded-log.ts";
import { runLoop } from "./run-loop.ts";
import { loadRunnerSettings, runnerPaths, saveRunnerRecord } from "./runner-files.ts";

const projectFolder = process.argv[2] ?? ".";
const log = boundedLog(runnerPaths(projectFolder).log);
const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => ending.abort());

try {
  const settings = await loadRunnerSettings(projectFolder);
  if (settings === undefined) throw new Error(`no settings for a runner in ${projectFolder}`);
  log(`process ${process.pid} begins: ${settings.cast.transcoders} transcoders, ${settings.cast.delegators} delegators, seed ${settings.cast.seed}`);
  const reason = await runLoop({ projectFolder, settings, log, signal: ending.signal });
  log(`process ${process.pid} ends: ${reason}`);
} catch (error) {
  const reason = error instanceof LpctlError ? [error.message, error.why].filter((part) => part !== undefined).join(" ") : error instanceof Error ? error.message : String(error);
  log(`process ${process.pid} failed: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
  const now = new Date().toISOString();
  await saveRunnerRecord(projectFolder, { pid: process.pid, startedAt: now, heartbeatAt: now, state: "failed", reason, status: null }).catch(() => {});
  process.exitCode = 1;
}
// Idle connections to the chain are no reason to stay.
process.exit();
