/**
 * The only module that writes to stdout and stderr. stdout holds the result and nothing else;
 * everything addressed to the person at the keyboard goes to stderr.
 */

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
  process.stdout.write(withNewline(text));
}

/** Progress and remarks for the person watching. Silent with `--quiet` and `--json`. */
export function writeNote(text: string): void {
  if (!mode.quiet && !mode.json) process.stderr.write(withNewline(text));
}

/** A failure or a warning: shown even with `--quiet`. */
export function writeProblem(text: string): void {
  process.stderr.write(withNewline(text));
}

/** Resolves when both streams have taken everything written so far. */
export async function flushOutput(): Promise<void> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
}

/** JSON as every command and file of lpctl prints it: two spaces, bigints as decimal strings. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item), 2);
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed) return;
  // Also when nothing is buffered: a failed write (full disk, closed pipe) is reported a moment later.
  await new Promise<void>((resolve) => stream.write("", () => setImmediate(resolve)));
}
