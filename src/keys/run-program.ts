import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import { onExit } from "../on-exit.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { endWithChildren } from "./end-with-children.ts";
import { hideKey } from "./hide-key.ts";

export interface ProgramRun {
  /** Program and arguments; `{file}` in an argument becomes the path of a file with `input`. */
  command: readonly string[];
  /** Where it runs, and where a program given with a slash is found. */
  folder: string;
  input: string;
  timeoutSeconds: number;
  /** Whose key is about to be used: its private key, should the program print it, is not repeated. */
  address: Address;
  /** Shows a person one line of what the program says on stderr. */
  say: (line: string) => void;
}

/** A signature is 132 characters, a transaction a few hundred thousand at most. */
const MOST_STDOUT_BYTES = 1024 * 1024;
const MOST_LINES_SHOWN = 100;
const LONGEST_LINE = 400;
const LONGEST_LINE_KEPT = 4_096;

/**
 * Runs a program without a shell and gives what it wrote to stdout, without blanks around it. It stays in our process group:
 * it may ask for a PIN at the terminal, and Ctrl-C reaches it. Whatever ends the wait ends its children too.
 * @throws LPCTL_KEYS_COMMAND_NOT_FOUND, _COMMAND_FAILED, _COMMAND_TIMEOUT, _COMMAND_OUTPUT
 */
export async function runProgram(run: ProgramRun): Promise<string> {
  const inFile = run.command.some((part) => part.includes("{file}"));
  if (!inFile) return execute(run, run.command, run.input);
  const folder = mkdtempSync(join(tmpdir(), "lpctl-sign-"));
  const release = onExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const file = join(folder, "typed-data.json");
    writeFileSync(file, run.input, { mode: 0o600 });
    return await execute(run, run.command.map((part) => part.replaceAll("{file}", file)), undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    release();
  }
}

async function execute(run: ProgramRun, command: readonly string[], input: string | undefined): Promise<string> {
  const [program = "", ...args] = command;
  const path = !isAbsolute(program) && /[/\\]/.test(program) ? resolve(run.folder, program) : program;
  const child = spawn(path, args, { cwd: run.folder, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"], windowsHide: true });
  const release = onExit(() => endWithChildren(child));
  const name = printable(basename(program));
  const words = hear(child, run);
  const output = collect(child);
  try {
    const { code, signal } = await ended(child, { ...run, name, input, tooMuch: output.tooMuch });
    if (code !== 0) throw failed(name, code, signal, words.last());
    return output.text().trim();
  } finally {
    release();
    endWithChildren(child);
  }
}

/** stdout, up to its limit. */
function collect(child: ChildProcess): { text(): string; tooMuch: Promise<never> } {
  const chunks: Buffer[] = [];
  let size = 0;
  const tooMuch = new Promise<never>((_resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_STDOUT_BYTES) chunks.push(chunk);
      else reject(new LpctlError({ code: "LPCTL_KEYS_COMMAND_OUTPUT", exit: Exit.failed, message: "The key's command wrote more than a megabyte and was ended.", why: "It should write a signature and nothing else.", next: "Run the command by hand, and see docs/guide/keys.md." }));
    });
  });
  tooMuch.catch(() => undefined);
  return { text: () => Buffer.concat(chunks).toString("latin1"), tooMuch };
}

/** stderr, line by line, as the program's own words: printable, bounded, and never with the private key. */
function hear(child: ChildProcess, { command, address, say }: ProgramRun): { last(): string | undefined } {
  const name = printable(basename(command[0] ?? ""));
  let [rest, last, shown] = ["", "", 0];
  const flush = (line: string): void => {
    const text = printable(hideKey(line.trimEnd(), address)).slice(0, LONGEST_LINE);
    if (text === "") return;
    last = text;
    shown += 1;
    if (shown <= MOST_LINES_SHOWN) say(`${name}: ${text}`);
    else if (shown === MOST_LINES_SHOWN + 1) say(`${name}: (more, not shown)`);
  };
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    // Of an endless line the beginning is enough.
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE_KEPT);
    for (const line of lines) {
      if (shown <= MOST_LINES_SHOWN) flush(line.slice(0, LONGEST_LINE_KEPT));
    }
  });
  child.stderr?.on("end", () => flush(rest));
  return { last: () => (last === "" ? undefined : last) };
}

interface Waiting {
  name: string;
  input: string | undefined;
  timeoutSeconds: number;
  tooMuch: Promise<never>;
}

async function ended(child: ChildProcess, { name, input, timeoutSeconds, tooMuch }: Waiting): Promise<{ code: number | null; signal: string | null }> {
  let timer: NodeJS.Timeout | undefined;
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(name, cause)));
    child.once("close", (code, signal) => resolve({ code, signal }));
    // A grandchild may hold the pipes open after the program has ended; what matters has been written by then.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), 1_000).unref());
  });
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(name, timeoutSeconds)), timeoutSeconds * 1_000);
  });
  // It need not read what it is given.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  try {
    return await Promise.race([exited, late, tooMuch]);
  } finally {
    clearTimeout(timer);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function failed(name: string, code: number | null, signal: string | null, words: string | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_COMMAND_FAILED",
    exit: Exit.failed,
    message: `The key's command ${name} ${code === null ? `was ended by ${String(signal)}` : `ended with exit code ${code}`} and signed nothing that counts.`,
    why: words === undefined ? "It said nothing on stderr." : `Its last words: ${words}`,
    next: "If the device showed something else than the review above, do not try again: that is an incident. Otherwise see docs/guide/keys.md.",
    details: { exitCode: code, signal },
  });
}

function timedOut(name: string, timeoutSeconds: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_COMMAND_TIMEOUT",
    exit: Exit.failed,
    message: `The key's command ${name} gave no answer within ${timeoutSeconds} seconds and was ended.`,
    next: "Give it more time with timeoutSeconds at the key in lpctl.yaml, or see what it waits for by running it by hand.",
  });
}

function notStarted(name: string, cause: Error & { code?: string }): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_COMMAND_NOT_FOUND",
    exit: Exit.usage,
    message: `The key's command ${name} cannot be started.`,
    why: cause.code === "ENOENT" ? "There is no such program on PATH, nor such a file." : (cause.code ?? cause.message),
    next: "Install it, or correct `command` at the key in lpctl.yaml. It is run without a shell: one array element per argument.",
    cause,
  });
}
