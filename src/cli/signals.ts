import { runCleanups } from "../on-exit.ts";
import { flushOutput } from "./output.ts";
import { reportFailure } from "./report-failure.ts";
import { cancelledError } from "./to-lpctl-error.ts";

const exitCodeOf = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let endServing: (() => void) | undefined;

/** For a command that serves until it is told to stop: the first signal is its ordinary end, a second one leaves at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    endServing = resolve;
  });
}

/**
 * Ctrl-C anywhere: stop what was started, say so, exit 130. A second one leaves at once.
 * What was sent is in the journal already, so there is nothing to save here.
 */
export function handleSignals(): void {
  let leaving = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (leaving) process.exit(exitCodeOf[signal]);
      leaving = true;
      if (endServing !== undefined) endServing();
      else void leave(exitCodeOf[signal]);
    });
  }
}

async function leave(exitCode: number): Promise<void> {
  await runCleanups();
  reportFailure(cancelledError());
  await flushOutput();
  process.exit(exitCode);
}
