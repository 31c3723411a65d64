import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";
import { runCleanups } from "../on-exit.ts";
import { flushOutput, setOutputMode } from "./output.ts";
import { outputModeOf } from "./output-mode.ts";
import { reportFailure } from "./report-failure.ts";
import { handleSignals } from "./signals.ts";
import { toLpctlError } from "./to-lpctl-error.ts";

export interface MainOptions {
  /** Folder of package.json. */
  root: string;
  /** Replaces what package.json says to oclif: the development launcher points it at TypeScript. */
  pjson?: Record<string, unknown>;
  ignoreManifest?: boolean;
}

/**
 * Runs one command line to its end and leaves the process with the documented exit code.
 * The only way out: every launcher comes here, whatever happens is reported here.
 */
export async function main(argv: readonly string[], options: MainOptions): Promise<void> {
  // Otherwise oclif looks for TypeScript sources whenever NODE_ENV is test or development.
  settings.enableAutoTranspile = false;
  setOutputMode(outputModeOf(argv));
  handleSignals();
  try {
    await run(withHelpWord(commandFirst(argv)), options as Parameters<typeof run>[1]);
  } catch (thrown) {
    if (!isPlainExit(thrown)) {
      const error = toLpctlError(thrown);
      reportFailure(error);
      process.exitCode = error.exit;
    }
  }
  await runCleanups();
  await flushOutput();
  process.exit();
}

/** `lpctl -n local params list` means `lpctl params list -n local`; oclif would look for a command `-n`. */
export function commandFirst(argv: readonly string[]): string[] {
  let start = 0;
  while (start < argv.length) {
    const word = argv[start] ?? "";
    if (word === "--" || !word.startsWith("-") || ["-h", "--help", "-v", "--version"].includes(word)) break;
    start += ["-n", "--network", "--config"].includes(word) ? 2 : 1;
  }
  const leading = argv.slice(0, start);
  const rest = argv.slice(start);
  if (leading.length === 0 || rest.length === 0) return [...argv];
  const end = rest.indexOf("--");
  return end === -1 ? [...rest, ...leading] : [...rest.slice(0, end), ...leading, ...rest.slice(end)];
}

/** `lpctl help params set` is `lpctl params set --help`. */
function withHelpWord(argv: string[]): string[] {
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
}

function isPlainExit(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as { code?: unknown }).code === "EEXIT";
}
