import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { errnoOf } from "../errno-of.ts";

/** Whether a process runs. A dead one that nobody has collected yet (in a container without an init) does not. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    if (errnoOf(error) !== "EPERM") return false;
  }
  const stat = readProcFile(pid, "stat");
  return stat === undefined || stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

/** The words a process was started with; undefined when it is gone or the system does not tell. */
export async function readCommandLine(pid: number): Promise<string[] | undefined> {
  const linux = readProcFile(pid, "cmdline");
  if (linux !== undefined) return linux === "" ? undefined : linux.split("\0").filter((word) => word !== "");
  if (process.platform === "win32") return undefined;
  try {
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]);
    return stdout.trim() === "" ? undefined : stdout.trim().split(/\s+/);
  } catch {
    return undefined;
  }
}

function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}
