import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { onTestFinished } from "vitest";
import { cleanEnvironment, runPath, sourceEnvironment, temporaryFolder } from "../cli/run-lpctl.ts";

/** A program on a pseudo terminal, seen the way a person sees it: as a screen. */
export interface Terminal {
  /** The screen as text, without trailing blanks. */
  screen(): string;
  /** Waits until the screen shows `expected`; fails with the screen when it does not within the deadline. */
  see(expected: string | RegExp): Promise<void>;
  type(keys: string): void;
  /** Waits for the end and gives the exit code. */
  exitCode(): Promise<number>;
}

export const keys = { enter: "\r", down: "\u001b[B", up: "\u001b[A", controlC: "\u0003", escape: "\u001b" } as const;

/** Starts node with `args` on a terminal of 100 columns. Killed at the end of the test if it still runs. */
export function openTerminal(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Terminal {
  const cwd = options.cwd ?? temporaryFolder();
  const screen = new headless.Terminal({ cols: 100, rows: 40, allowProposedApi: true, convertEol: false });
  const child = spawn(process.execPath, [...args], {
    name: "xterm-256color",
    cols: 100,
    rows: 40,
    cwd,
    env: { ...(args[0] === runPath ? cleanEnvironment(cwd) : sourceEnvironment(cwd)), TERM: "xterm-256color", ...options.env },
  });
  let exited: number | undefined;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  child.onData((data) => screen.write(data, wake));
  const ended = new Promise<number>((resolve) =>
    child.onExit(({ exitCode }) => {
      exited = exitCode;
      // Let the last bytes reach the screen first.
      screen.write("", () => resolve(exitCode));
      wake();
    }),
  );
  onTestFinished(() => {
    if (exited === undefined) child.kill("SIGKILL");
    screen.dispose();
  });

  const read = (): string => {
    const buffer = screen.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, index) => buffer.getLine(index)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  };
  const shows = (expected: string | RegExp): boolean => (typeof expected === "string" ? read().includes(expected) : expected.test(read()));
  const changed = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  return {
    screen: read,
    type: (typed) => child.write(typed),
    exitCode: () => ended,
    async see(expected) {
      const deadline = Date.now() + 20_000;
      while (!shows(expected)) {
        if (Date.now() > deadline) throw new Error(`The screen never showed ${String(expected)}:\n${read()}`);
        if (exited !== undefined) {
          await ended;
          if (shows(expected)) return;
          throw new Error(`The program ended (${exited}) without showing ${String(expected)}:\n${read()}`);
        }
        await changed(deadline - Date.now());
      }
    },
  };
}
