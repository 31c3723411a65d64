import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const repository = join(import.meta.dirname, "../..");
export const runPath = join(repository, "bin/run.js");
export const devPath = join(repository, "bin/dev.js");

export interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

/** An empty folder of its own, gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An environment that knows nothing of the machine the test runs on. */
export function cleanEnvironment(home: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8" };
}

/** For what tests start from source: node need not strip and compile its TypeScript each time. The real binary has a cache of its own. */
export function sourceEnvironment(home: string): Record<string, string> {
  const cache = process.env["NODE_COMPILE_CACHE"];
  return { ...cleanEnvironment(home), ...(cache !== undefined && { NODE_COMPILE_CACHE: cache }) };
}

/** Runs the real binary in a folder of its own, with a clean environment and no terminal. */
export async function runLpctl(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; entry?: string; input?: string } = {},
): Promise<Ran> {
  const cwd = options.cwd ?? temporaryFolder();
  const { entry = runPath } = options;
  const child = spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { ...(entry === runPath ? cleanEnvironment(cwd) : sourceEnvironment(cwd)), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { stdout, stderr, exitCode };
}

/** The one JSON document of a `--json` run. */
export function documentOf(ran: Ran): { schema: number; ok: boolean; result?: unknown; error?: Record<string, unknown> } {
  return JSON.parse(ran.stdout) as ReturnType<typeof documentOf>;
}
