import { isTrial } from "../plan/is-trial.ts";
import type { StageProgress } from "./read-progress.ts";
import type { HandoverRecord } from "./record-schema.ts";

/** The first stage after which the old holder cannot go back by itself, among those that are not done. */
export function nextIrreversible({ stages }: HandoverRecord, progress: readonly StageProgress[]): string | undefined {
  const open = stages.filter((stage, index) => progress[index]?.state !== "done" && !isTrial(stage));
  return open.find(({ irreversible }) => irreversible !== null)?.irreversible ?? undefined;
}
