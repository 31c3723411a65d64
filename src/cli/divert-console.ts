import { format } from "node:util";
import { printableLines } from "../protocol/printable.ts";
import { writeNote } from "./output.ts";

/** What somebody's own code prints is for the person watching, as harmless text: stdout holds the result and nothing else. */
export function divertConsole(): void {
  const note = (...given: unknown[]): void => writeNote(printableLines(format(...given)));
  for (const name of ["log", "info", "debug", "warn", "error", "table", "dir", "trace"] as const) console[name] = note;
}
