import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";

/** Keeps a list of what to end, one word and one process id a line, until the pipe closes. */
const GUARD = `
ids=
while read -r word id; do
  case $word in
    watch) ids="$ids $id" ;;
    forget) left=; for one in $ids; do [ "$one" = "$id" ] || left="$left $one"; done; ids=$left ;;
  esac
done
[ -z "$ids" ] || kill -TERM $ids`;

const watched = new Set<ChildProcess>();
let guard: { shell: ChildProcess; stdin: Writable } | undefined;

/**
 * Ends a child when this process is gone, however it went: exit hooks do not run after a SIGKILL. A shell, one for all
 * children, waits at the end of a pipe that only this process holds open; when the pipe closes, it ends them. Nothing on
 * Windows, which has no such shell: there a killed lpctl leaves its chain running.
 */
export function endWithParent(child: ChildProcess): void {
  if (process.platform === "win32" || child.pid === undefined) return;
  guard ??= startGuard();
  const { shell, stdin } = guard;
  watched.add(child);
  stdin.write(`watch ${child.pid}\n`);
  child.once("exit", () => {
    watched.delete(child);
    // The child's pid may be given to another process once it has ended.
    if (watched.size > 0) stdin.write(`forget ${child.pid}\n`);
    else {
      guard = undefined;
      shell.kill("SIGKILL");
    }
  });
}

function startGuard(): { shell: ChildProcess; stdin: Writable } {
  const shell = spawn("/bin/sh", ["-c", GUARD], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own group: a Ctrl-C at the terminal is for us, and we end the children ourselves.
    detached: true,
  });
  shell.on("error", () => {});
  // Somebody ended it: the next child gets another.
  shell.once("exit", () => {
    if (guard?.shell === shell) guard = undefined;
  });
  shell.unref();
  const { stdin } = shell;
  stdin.on("error", () => {});
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return { shell, stdin };
}
