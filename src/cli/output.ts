/**
 * The only module that writes to stdout and stderr. stdout holds the result and nothing else;
 * everything addressed to the person at the keyboard goes to stderr.
 */

import { bigintAsText } from "../protocol/bigint-json.ts";
import { printable } from "../protocol/printable.ts";

export interface OutputMode {
  /** One JSON document on stdout, nothing on stderr. */
  json: boolean;
  /** No progress and no suggestions. The result itself is unchanged. */
  quiet: boolean;
  /** Stack traces and causes with errors. */
  verbose: boolean;
  /** Never prompt. */
  noInput: boolean;
  noColor: boolean;
}

const initialMode: OutputMode = { json: false, quiet: false, verbose: false, noInput: false, noColor: false };
let mode: OutputMode = initialMode;

export function setOutputMode(next: Partial<OutputMode>): void {
  mode = { ...initialMode, ...next };
}

export function outputMode(): Readonly<OutputMode> {
  return mode;
}

/** The result: the one thing a script reads. Ends with exactly one newline. */
export function writeResult(text: string): void {
  process.stdout.write(withNewline(mode.json ? text : harmless(text)));
}

/** Progress and remarks for the person watching. Silent with `--quiet` and `--json`. */
export function writeNote(text: string): void {
  if (!mode.quiet && !mode.json) process.stderr.write(withNewline(harmless(text)));
}

/** What a person is about to sign or send: shown even with `--quiet`, because nothing unseen may be confirmed. */
export function writeReview(text: string): void {
  if (!mode.json) process.stderr.write(withNewline(harmless(text)));
}

/** A failure or a warning: shown even with `--quiet`. */
export function writeProblem(text: string): void {
  process.stderr.write(withNewline(harmless(text)));
}

export interface Screen {
  /** Replaces what is shown. Lines must fit. */
  draw(lines: readonly string[]): void;
  rows(): number;
  /** Brings back what was on the terminal before. Safe to call twice. */
  close(): void;
}

/** Takes the whole terminal for a view that redraws itself; only when stdout is one. */
export function showScreen(): Screen {
  const { stdout } = process;
  let open = true;
  // The second screen of the terminal, without a cursor.
  stdout.write("\u001b[?1049h\u001b[?25l");
  return {
    draw: (lines) => {
      // From the top, each line over the old one, the rest wiped: nothing flickers.
      if (open) stdout.write(`\u001b[H${lines.map((line) => `${harmless(line)}\u001b[K`).join("\r\n")}\u001b[J`);
    },
    rows: () => stdout.rows ?? 24,
    close: () => {
      if (open) stdout.write("\u001b[?25h\u001b[?1049l");
      open = false;
    },
  };
}

/** Resolves when both streams have taken everything written so far. */
export async function flushOutput(): Promise<void> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
}

/** JSON as every command and file of lpctl prints it: two spaces, bigints as decimal strings. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, bigintAsText, 2);
  // JSON escapes ESC itself, and not what else a terminal obeys or a reader cannot see.
  return text.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * The last line of defence: texts are made printable where they come in; whatever slipped through is caught here.
 * Colours and styles (SGR), tabs and line feeds are ours and pass.
 */
function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  const parts = text.split(/(\u001b\[[0-9;]*m|[\t\n])/);
  return parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join("");
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed) return;
  // Also when nothing is buffered: a failed write (full disk, closed pipe) is reported a moment later.
  await new Promise<void>((resolve) => stream.write("", () => setImmediate(resolve)));
}
