import { readStatus } from "../../lifecycle/status/proposal-status.ts";
import { LpctlError } from "../../errors.ts";
import { plural } from "../../protocol/plural.ts";
import { loadProposal } from "../../proposal/store.ts";
import { loadMigrationState } from "../journal/migration-journal.ts";
import { listScripts, nameOf } from "../script/load-script.ts";
import { RunFolder } from "./run-folder.ts";
import type { Project } from "../../inspection/project.ts";
import type { MigrationState } from "../journal/migration-state.ts";

export interface MigrationStatus {
  name: string;
  state: "not begun" | "under way" | "waiting" | "complete" | "unreadable";
  /** One line: what there is to be done, and by whom. */
  summary: string;
  operations: number | null;
  /** Transactions, or for a proposal its calls. */
  steps: number | null;
  done: number;
  inFlight: number;
  skipped: number;
  elsewhere: { operation: string; proposal: string; proposalId: string; safeTxHash: string | null; enacted: boolean; summary: string }[];
  journal: string | null;
}

/**
 * Where the migrations of a project stand on a network: from their journals, and for what is with others from the chain. No script
 * is run.
 * @param only the name of one of them
 */
export async function listMigrations(project: Project, only?: string): Promise<MigrationStatus[]> {
  const names = listScripts(project.folder).map(nameOf).filter((name) => only === undefined || name === only);
  const found: MigrationStatus[] = [];
  for (const name of names) found.push(await readOne(project, name));
  return found;
}

async function readOne(project: Project, name: string): Promise<MigrationStatus> {
  const { journal } = new RunFolder(project.folder, project.network, name);
  const nothing: MigrationStatus = { name, state: "not begun", summary: "not begun", operations: null, steps: null, done: 0, inFlight: 0, skipped: 0, elsewhere: [], journal: null };
  let state: MigrationState | undefined;
  try {
    state = loadMigrationState(journal);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_JOURNAL_UNREADABLE") throw error;
    return { ...nothing, state: "unreadable", summary: `its journal cannot be trusted: ${error.why ?? ""}`, journal };
  }
  if (state?.plan === undefined) return nothing;
  const { operations, steps } = state.plan;
  const elsewhere = await Promise.all(
    [...state.elsewhere.values()].map(async ({ operation, proposal, proposalId, safeTxHash, isEnacted }) => ({
      operation, proposal, proposalId, safeTxHash, enacted: isEnacted, summary: isEnacted ? "done" : await summaryOf(project, proposal),
    })),
  );
  const waiting = elsewhere.find(({ enacted }) => !enacted);
  const progress = `${state.done} of ${steps} done${state.inFlight === 0 ? "" : `, ${state.inFlight} in flight`}`;
  const of = { ...nothing, operations, steps, done: state.done, inFlight: state.inFlight, skipped: state.skipped, elsewhere, journal };
  if (state.isVerified) return { ...of, state: "complete", summary: `complete: ${plural(operations, "operation")}` };
  if (waiting !== undefined) return { ...of, state: "waiting", summary: `${progress}; proposal ${waiting.proposal}: ${waiting.summary}` };
  return { ...of, state: "under way", summary: progress };
}

async function summaryOf(project: Project, name: string): Promise<string> {
  try {
    return (await readStatus(project, await loadProposal(project.folder, project.network, name))).summary;
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code.startsWith("LPCTL_RPC_")) throw error;
    return error.message;
  }
}
