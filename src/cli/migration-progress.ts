import { LpctlError } from "../errors.ts";
import type { SendProgress } from "../chain/operation.ts";
import type { MigrationOutcome } from "../migration/run/send-migration.ts";
import { plural } from "../protocol/plural.ts";
import { runTasks } from "./tasks.ts";

const WAITING: ReadonlySet<string> = new Set(["LPCTL_MIGRATE_WAITING", "LPCTL_MIGRATE_NOT_YET"]);

/** Shows a migration being sent. That others have to act first, or time has to pass, is no failure: it is handed back. */
export async function sendingTask(
  name: string,
  send: (onProgress: (progress: SendProgress) => void) => Promise<MigrationOutcome>,
): Promise<{ outcome: MigrationOutcome; waiting?: undefined } | { outcome?: undefined; waiting: LpctlError }> {
  let outcome: MigrationOutcome | undefined;
  let waiting: LpctlError | undefined;
  const begunAt = performance.now();
  let confirmed = 0;
  await runTasks(
    [
      {
        title: `Carry out ${name}`,
        run: async (_: undefined, update: (doing: string) => void): Promise<string> => {
          try {
            outcome = await send(({ kind, operation, index, total }) => {
              if (kind === "confirmed") confirmed++;
              const rate = confirmed / ((performance.now() - begunAt) / 1000);
              update(`${kind} ${index + 1} of ${total}: ${operation.title}${confirmed > 10 ? ` (${rate.toFixed(1)} per second)` : ""}`);
            });
            return plural(outcome.confirmed, "transaction");
          } catch (error) {
            if (!(error instanceof LpctlError) || !WAITING.has(error.code)) throw error;
            waiting = error;
            return error.code === "LPCTL_MIGRATE_WAITING" ? "others have to act" : "time has to pass";
          }
        },
      },
    ],
    undefined,
  );
  if (waiting !== undefined) return { waiting };
  if (outcome === undefined) throw new Error("a task gives its outcome or throws");
  return { outcome };
}
