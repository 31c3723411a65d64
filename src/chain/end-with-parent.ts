import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/**
 * Ends a child when this process is gone, however it went: exit hooks do not run after a SIGKILL. A shell waits at the end
 * of a pipe that only this process holds open; when the pipe closes, it ends the child. Nothing on Windows, which has no
 * such shell: there a killed lpctl leaves its chain running.
 */
export function endWithParent(child: ChildProcess): void {
  if (process.platform === "win32" || child.pid === undefined) return;
  const guard = spawn("/bin/sh", ["-c", 'read _; kill -TERM "$0"', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own group: a Ctrl-C at the terminal is for us, and we end the child ourselves.
    detached: true,
  });
  guard.on("error", () => {});
  guard.unref();
  const { stdin } = guard;
  stdin.on("error", () => {});
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  // The child's pid may be given to another process once it has ended.
  child.once("exit", () => guard.kill("SIGKILL"));
}
