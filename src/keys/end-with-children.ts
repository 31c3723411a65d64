import { spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Ends a child and everything that descends from it, at once and synchronously: exit hooks do not wait. */
export function endWithChildren(child: ChildProcess): void {
  const { pid } = child;
  // Once it has been waited for, its number may belong to somebody else.
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true });
    return;
  }
  const parents = parentsOf();
  const doomed = [pid];
  for (const parent of doomed) doomed.push(...[...parents].filter(([, its]) => its === parent).map(([each]) => each));
  for (const each of doomed) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** Process to parent, of every process that can be seen. */
function parentsOf(): Map<number, number> {
  const found = new Map<number, number>();
  if (process.platform === "linux") {
    for (const name of readdirSync("/proc")) {
      if (!/^[0-9]+$/.test(name)) continue;
      try {
        // The name, in parentheses, may hold blanks and parentheses itself.
        const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(")").at(-1)?.trim().split(" ") ?? [];
        found.set(Number(name), Number(fields[1]));
      } catch {
        // Gone in the meantime.
      }
    }
    return found;
  }
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  for (const line of (stdout ?? "").split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) found.set(pid, parent);
  }
  return found;
}
