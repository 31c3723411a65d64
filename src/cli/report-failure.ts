import type { LpctlError } from "../errors.ts";
import { printableLines } from "../protocol/printable.ts";
import { fold } from "./fold.ts";
import { formatJson, outputMode, writeProblem, writeResult } from "./output.ts";
import { styleFor, symbols } from "./style.ts";

/** `error` of the JSON envelope. All four keys are always there, so that a script can rely on them. */
export interface ErrorDocument {
  code: string;
  message: string;
  cause: string | null;
  next: string | null;
  details?: Record<string, unknown> | undefined;
}

function errorDocument(error: LpctlError): ErrorDocument {
  return {
    code: error.code,
    message: error.message,
    cause: error.why ?? null,
    next: error.next ?? null,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/**
 * Shows a failure in the form asked for: one JSON document on stdout, or on stderr what happened,
 * why, what to type next, and the code. A stack trace only with `--verbose`.
 */
export function reportFailure(error: LpctlError, result?: unknown): void {
  if (outputMode().json) {
    const document = { schema: 1, ok: false, error: errorDocument(error), ...(result === undefined ? {} : { result }) };
    writeResult(formatJson(document));
  } else {
    writeProblem(formatFailure(error));
  }
  if (outputMode().verbose && !outputMode().json) writeProblem(formatTrace(error));
}

function formatFailure(error: LpctlError): string {
  const style = styleFor("stderr");
  const [head = "", ...rest] = printableLines(error.message).split("\n");
  const lines = [`${style.red(`${symbols.failed} error`)}  ${fold(head, 9, "stderr")}`, ...indent(rest.join("\n"))];
  if (error.why !== undefined) lines.push(...indent(printableLines(error.why)));
  // What is to be typed next stays one line: it is copied.
  if (error.next !== undefined) lines.push(`  ${style.bold("next:")}  ${printableLines(error.next)}`);
  lines.push(`  ${style.dim(`code:  ${error.code}`)}`);
  return lines.join("\n");
}

function indent(text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => `  ${fold(line, 2, "stderr")}`);
}

function formatTrace(error: Error): string {
  const own = printableLines(error.stack ?? error.message);
  return error.cause instanceof Error ? `${own}\ncaused by: ${formatTrace(error.cause)}` : own;
}
