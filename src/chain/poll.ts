import { Exit, LpctlError } from "../errors.ts";

export interface PollOptions {
  /** Milliseconds from now after which waiting ends with an error. */
  deadlineMs: number;
  intervalMs: number;
  /** When given, the interval grows by half each time up to this. */
  longestIntervalMs?: number;
  /** What is waited for, as it reads after "Waited … for". */
  what: string;
  signal?: AbortSignal;
}

/**
 * Asks `fn` again and again until it gives something other than `undefined`. The only way lpctl waits.
 * Errors of `fn` end the wait.
 * @throws LPCTL_CHAIN_WAIT_DEADLINE (exit `waiting`) when the deadline passes; the abort reason when aborted.
 */
export async function pollUntil<T>(fn: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  let intervalMs = options.intervalMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const value = await fn();
    if (value !== undefined) return value;
    const left = end - performance.now();
    if (left <= 0) {
      throw new LpctlError({
        code: "LPCTL_CHAIN_WAIT_DEADLINE",
        exit: Exit.waiting,
        message: `Waited ${options.deadlineMs / 1000} s for ${options.what}`,
        why: "It did not happen before the deadline.",
        next: "Run the same command again to go on waiting.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(intervalMs, left)));
    if (options.longestIntervalMs !== undefined) intervalMs = Math.min(intervalMs * 1.5, options.longestIntervalMs);
  }
}
