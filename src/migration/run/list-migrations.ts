import { LpctlError } from "../../errors.ts";
import { shortName } from "../../proposal/short-name.ts";
import { plural } from "../../protocol/plural.ts";
import { printable } from "../../protocol/printable.ts";
import { utcTime } from "../../report/utc-time.ts";
import { loadMigrationState } from "../journal/migration-journal.ts";
import { listScripts, nameOf } from "../script/load-script.ts";
import { notBefore, readStanding, type Standing } from "./read-standing.ts";
import { RunFolder } from "./run-folder.ts";
import type { Project } from "../../inspection/project.ts";
import type { MigrationState } from "../journal/migration-state.ts";

export interface MigrationStatus {
  name: string;
  state: "not begun" | "under way" | "waiting" | "blocked" | "complete" | "unreadable";
  /** One line: what there is to be done, and by whom. */
  summary: string;
  operations: number | null;
  /** Transactions, or for a proposal its calls. */
  steps: number | null;
  done: number;
  inFlight: number;
  skipped: number;
  elsewhere: { operation: string; proposal: string; proposalId: string; safeTxHash: string | null; enacted: boolean; summary: string }[];
  /** What it waits for and until when, and what to type; null where it waits for nothing but the next run. */
  waitingFor: { operation: string; proposal: string | null; summary: string; untilBlock: bigint | null; readyAtSeconds: bigint | null; next: string } | null;
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
  const nothing: MigrationStatus = { name, state: "not begun", summary: "not begun", operations: null, steps: null, done: 0, inFlight: 0, skipped: 0, elsewhere: [], waitingFor: null, journal: null };
  let state: MigrationState | undefined;
  try {
    state = loadMigrationState(journal);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_JOURNAL_UNREADABLE") throw error;
    return { ...nothing, state: "unreadable", summary: `its journal cannot be trusted: ${error.why ?? ""}`, journal };
  }
  if (state?.plan === undefined) return nothing;
  const { operations, steps } = state.plan;
  const asked = await Promise.all(
    [...state.elsewhere.values()].map(async ({ isEnacted, ...entry }) => ({ entry, isEnacted, standing: isEnacted ? DONE : await standingOf(project, entry.proposal) })),
  );
  const elsewhere = asked.map(({ entry: { operation, proposal, proposalId, safeTxHash }, isEnacted, standing }) => ({ operation, proposal, proposalId, safeTxHash, enacted: isEnacted, summary: standing.summary }));
  const progress = `${state.done} of ${steps} done${state.inFlight === 0 ? "" : `, ${state.inFlight} in flight`}`;
  const of = { ...nothing, operations, steps, done: state.done, inFlight: state.inFlight, skipped: state.skipped, elsewhere, journal };
  if (state.isVerified) return { ...of, state: "complete", summary: `complete: ${plural(operations, "operation")}` };
  const waiting = asked.find(({ isEnacted }) => !isEnacted);
  if (waiting !== undefined) {
    const { entry: { operation, proposal }, standing: { state: at, ...standing } } = waiting;
    // What others have done is only to be found by the next run.
    if (at === "done") return { ...of, state: "under way", summary: `${progress}; proposal ${proposal}: done` };
    return { ...of, state: at === "blocked" ? "blocked" : "waiting", summary: `${progress}; proposal ${proposal}: ${standing.summary}`, waitingFor: { operation, proposal, ...standing } };
  }
  return { ...of, state: "under way", summary: progress, ...(await timeOf(project, name, progress, state)) };
}

const DONE: Standing = { state: "done", summary: "done", untilBlock: null, readyAtSeconds: null, next: "" };

/** What time has to pass for, as the last run has left it. */
async function timeOf(project: Project, name: string, progress: string, { notYet }: MigrationState): Promise<Partial<MigrationStatus>> {
  if (notYet === undefined) return {};
  const { operation, readyAtSeconds, title } = notYet;
  const quoted = `"${printable(title)}"`;
  if ((await project.rpc.block("latest")).timestampSeconds >= readyAtSeconds) return { summary: `${progress}; the time of ${quoted} has come: ${utcTime(readyAtSeconds)}` };
  const summary = `${quoted} ${notBefore(readyAtSeconds)}`;
  return { state: "waiting", summary: `${progress}; ${summary}`, waitingFor: { operation, proposal: null, summary, untilBlock: null, readyAtSeconds, next: `lpctl migrate run ${shortName(name)} --key NAME then` } };
}

async function standingOf(project: Project, name: string): Promise<Standing> {
  try {
    return await readStanding(project, name);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code.startsWith("LPCTL_RPC_")) throw error;
    return { state: "blocked", summary: error.message, untilBlock: null, readyAtSeconds: null, next: error.next ?? `lpctl proposal status ${shortName(name)}` };
  }
}
