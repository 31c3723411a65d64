import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";

/** What oclif's parser hangs on its errors, as far as it is used here. */
interface ParserError extends Error {
  oclif?: { exit?: number };
  parse?: { input?: { flags?: Record<string, unknown>; context?: { id?: string } } };
  flags?: unknown;
  args?: unknown;
}

const codeOf: Record<string, ErrorCode> = {
  NonExistentFlagsError: "LPCTL_USAGE_UNKNOWN_FLAG",
  UnexpectedArgsError: "LPCTL_USAGE_UNEXPECTED_ARGUMENT",
  RequiredArgsError: "LPCTL_USAGE_MISSING_ARGUMENT",
  FlagInvalidOptionError: "LPCTL_USAGE_BAD_VALUE",
  ArgInvalidOptionError: "LPCTL_USAGE_BAD_VALUE",
  FailedFlagValidationError: "LPCTL_USAGE_FLAGS",
  ViolatedFlagConstraintError: "LPCTL_USAGE_FLAGS",
};

/**
 * An oclif parser error as a usage error: one sentence, the nearest flag, the command's own help.
 * @param ran the command that was typed, where the error does not know it
 */
export function usageError(error: ParserError, ran?: string): LpctlError | undefined {
  if (error.oclif?.exit !== 2 && error.parse === undefined) return undefined;
  const command = (error.parse?.input?.context?.id ?? ran)?.replaceAll(":", " ");
  const help = command === undefined ? "lpctl --help" : `lpctl ${command} --help`;
  return new LpctlError({
    code: codeOf[error.constructor.name] ?? (/expects a value/.test(error.message) ? "LPCTL_USAGE_MISSING_VALUE" : "LPCTL_USAGE_INVALID"),
    exit: Exit.usage,
    message: sentence(error.message),
    why: nearestFlag(error),
    next: help,
    cause: error,
  });
}

function nearestFlag(error: ParserError): string | undefined {
  const unknown: unknown = Array.isArray(error.flags) ? error.flags[0] : undefined;
  if (error.constructor.name !== "NonExistentFlagsError" || typeof unknown !== "string") return undefined;
  const known = Object.keys(error.parse?.input?.flags ?? {}).map((name) => `--${name}`);
  const nearest = nearestName(unknown, known);
  return nearest === undefined ? undefined : `The nearest flag is ${nearest}.`;
}

/** oclif's messages are several lines and end in advice of its own. */
function sentence(message: string): string {
  const kept = message
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("See more help"))
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .replace(/ Note: --\S+ allows multiple values\..*$/, "")
    .replace(/^Missing \d+ required args?: (\S+)/, (_, name: string) => `Missing ${name.toUpperCase()}:`)
    .replace(/^The following errors? occurred: /, "")
    .replaceAll(/(?<= )Missing required flag (?=\S)/g, "and --")
    .replace(/^Missing required flag (?=[^-\s])/, "Missing required flag --")
    .replace(/^Parsing (-\S+) Expected (.*) but received: (.*)$/, "$1 takes $2, not $3");
  return kept.endsWith(".") ? kept : `${kept}.`;
}
