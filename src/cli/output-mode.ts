import { readEnvironment } from "../config/environment.ts";
import type { OutputMode } from "./output.ts";

/**
 * The form of output, read from the raw arguments: it has to be known before parsing,
 * because a wrong flag beside `--json` must be answered in JSON too.
 */
export function outputModeOf(argv: readonly string[]): OutputMode {
  const end = argv.indexOf("--");
  const given = new Set(end === -1 ? argv : argv.slice(0, end));
  return {
    json: given.has("--json"),
    quiet: given.has("--quiet") || given.has("-q"),
    verbose: given.has("--verbose"),
    noInput: given.has("--no-input") || readEnvironment().noInput,
    noColor: given.has("--no-color"),
  };
}
