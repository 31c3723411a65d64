import type { Project } from "../../inspection/project.ts";
import { SnapshotTake, type TakenSnapshot, type TakeOptions } from "./snapshot-take.ts";
import { openTakingPlace } from "./taking.ts";

/** @throws LPCTL_SNAPSHOT_LOCKED, LPCTL_NETWORK_INCOMPLETE */
export async function openTake(project: Project, options: TakeOptions): Promise<SnapshotTake> {
  const place = await openTakingPlace(project.folder, project.network);
  try {
    return new SnapshotTake(project, options, place);
  } catch (error) {
    place.leave();
    throw error;
  }
}

/**
 * Takes the complete state of a protocol at one final block, proves that it is complete, and writes it.
 * @throws LPCTL_SNAPSHOT_*, and what reading a chain throws
 */
export async function takeSnapshot(project: Project, options: TakeOptions): Promise<TakenSnapshot> {
  const take = await openTake(project, options);
  try {
    for (const { title, run } of take.steps) {
      project.progress?.(title);
      await run((doing) => project.progress?.(doing));
    }
    return take.result();
  } finally {
    take.end();
  }
}
