/** Work to be undone when the process ends, however it ends: child processes, temporary folders. */
export type Cleanup = () => void | Promise<void>;

const cleanups = new Set<Cleanup>();
let listening = false;

/**
 * Registers `cleanup` for the end of the process: normal end, error, Ctrl-C, closed pipe.
 * Its synchronous part (a `kill`, an `rmSync`) also runs when node leaves without waiting.
 * @returns a function that takes the registration back, for when the work is undone earlier.
 */
export function onExit(cleanup: Cleanup): () => void {
  if (!listening) {
    listening = true;
    process.on("exit", () => {
      for (const pending of cleanups) void start(pending);
    });
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** Runs what is registered, newest first, waiting at most `deadlineMilliseconds`. Never throws. */
export async function runCleanups(deadlineMilliseconds = 5_000): Promise<void> {
  const pending = [...cleanups].reverse();
  if (pending.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMilliseconds);
  });
  await Promise.race([deadline, Promise.all(pending.map(start))]);
  clearTimeout(timer);
}

async function start(cleanup: Cleanup): Promise<void> {
  cleanups.delete(cleanup);
  try {
    await cleanup();
  } catch {
    // The process is ending; the failure that brought it here is the one worth reporting.
  }
}
