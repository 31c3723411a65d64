import { open, rm, stat } from "node:fs/promises";
import { errnoOf } from "../errno-of.ts";

const LOCK_WAIT_MS = 10_000;
const LOCK_RETRY_MS = 15;
/** Writing takes milliseconds; a lock this old was left behind by a process that died. */
const STALE_LOCK_MS = 30_000;

/**
 * Reads and writes a file while nobody else does, also from two machines that share the disk: creating a file happens once.
 * @param refuse makes the error when the lock cannot be had: what the system says, and words for people where there are any
 */
export async function asOnlyWriter<T>(path: string, action: () => Promise<T>, refuse: (cause: unknown, why?: string) => Error): Promise<T> {
  const lock = `${path}.lock`;
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    const taken = await open(lock, "wx").catch((cause: unknown) => {
      if (errnoOf(cause) === "EEXIST") return undefined;
      throw refuse(cause);
    });
    if (taken !== undefined) {
      await taken.close();
      break;
    }
    const age = Date.now() - ((await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) await rm(lock, { force: true });
    else if (performance.now() > deadline) throw refuse(undefined, `somebody else has been writing it for more than ${LOCK_WAIT_MS / 1_000} seconds; if nobody is, remove ${lock}`);
    else await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  }
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}
