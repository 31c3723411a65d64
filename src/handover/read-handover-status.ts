import type { Project } from "../inspection/project.ts";
import { judgeMatrices, type HandoverProof } from "./proof/judge.ts";
import type { Matrix } from "./proof/matrix.ts";
import { tryCalls } from "./proof/matrix.ts";
import { readProgress, type StageProgress } from "./record/read-progress.ts";
import { findRecord } from "./record/record-file.ts";
import type { HandoverRecord } from "./record/record-schema.ts";

export interface HandoverStatus {
  record: HandoverRecord;
  progress: StageProgress[];
  /** All stages are done. */
  isOver: boolean;
  /** Who can what on chain now; undefined where it was not tried. */
  now: Matrix | undefined;
  /** Of a handover that is over: that the new can and the old cannot, on chain. */
  proofs: HandoverProof[];
}

/**
 * Where a handover stands. Stages are read from the chain, and every privileged call is tried there in the name of every
 * account, as it was before.
 * @throws LPCTL_HANDOVER_NOT_FOUND, _RECORD_UNREADABLE
 */
export async function readHandoverStatus(project: Project, name: string | undefined, options: { tries: boolean }): Promise<HandoverStatus> {
  const record = await findRecord(project.folder, project.network, name);
  const progress = await readProgress(project, record);
  const isOver = progress.every(({ state }) => state === "done");
  if (!options.tries) return { record, progress, isOver, now: undefined, proofs: [] };
  project.progress?.("Trying every privileged call in the name of every account");
  const { before, divided } = record;
  const calls = before.rows.map(({ cells: _cells, ...call }) => call);
  const dividedOwners = [...new Set([...(divided === null ? [] : [divided]), ...record.graph.accounts.filter(({ kind }) => kind === "divided-owner").map(({ address }) => address)])];
  const now = await tryCalls(project.rpc, calls, before.actors, dividedOwners);
  const target = { from: record.from, to: record.to, divided: divided ?? undefined, complete: record.complete, moves: record.moves };
  return { record, progress, isOver, now, proofs: isOver ? judgeMatrices(before, now, target, record.graph) : [] };
}
