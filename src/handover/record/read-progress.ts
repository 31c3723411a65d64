import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { readConditions } from "../../lifecycle/observe.ts";
import { openStep } from "../../lifecycle/status/open-step.ts";
import { readStatus } from "../../lifecycle/status/proposal-status.ts";
import { loadFullSimulation } from "../../lifecycle/records.ts";
import { verifyProposal } from "../../lifecycle/verify-proposal.ts";
import type { Project } from "../../inspection/project.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import { postconditions } from "../../proposal/conditions.ts";
import { deriveCalls } from "../../proposal/derive-calls.ts";
import { loadProposals, type StoredProposal } from "../../proposal/store.ts";
import { isTrial } from "../plan/is-trial.ts";
import type { Move } from "../plan/move.ts";
import type { Stage } from "../plan/stage.ts";
import { isInitialized } from "../prepare/setup.ts";
import type { HandoverRecord } from "./record-schema.ts";

/**
 * - `done`: so on chain; a trial is executed and changed what was simulated
 * - `open`: its proposal is written, and not executed yet
 * - `next`: everything before it is done, and no proposal is written
 * - `later`: something before it is not done
 * - `stale`: its proposal cannot be executed any more; another one can be written
 * - `stuck`: it happened, and not as simulated, or nothing can be said about it
 */
export interface StageProgress {
  id: string;
  state: "done" | "open" | "next" | "later" | "stale" | "stuck";
  detail: string;
}

/** Where a handover stands, as the chain tells; of trials, whether they did what was simulated. */
export async function readProgress(project: Project, record: HandoverRecord): Promise<StageProgress[]> {
  const proposals = (await loadProposals(project.folder, project.network)).flatMap(({ stored }) => (stored === undefined ? [] : [stored]));
  const found = await Promise.all(record.stages.map((stage) => readStage(project, record, stage, proposals)));
  // A trial comes before what it is a trial for: where that has happened, the way of the trial may not be there any more.
  const lastDone = found.findLastIndex(({ state }, index) => state === "done" && !isTrial(record.stages[index]));
  const settled = found.map((progress, index) => (index < lastDone && (progress.state === "stuck" || progress.state === "stale") && isTrial(record.stages[index]) ? { ...progress, state: "done" as const, detail: "before what has happened since" } : progress));
  const first = settled.findIndex(({ state }) => state !== "done");
  return settled.map((progress, index) => (progress.state === "next" && index !== first ? { ...progress, state: "later" as const } : progress));
}

async function readStage(project: Project, record: HandoverRecord, stage: Stage, proposals: readonly StoredProposal[]): Promise<StageProgress> {
  const at = (state: StageProgress["state"], detail: string): StageProgress => ({ id: stage.id, state, detail });
  if (!isTrial(stage) && (await isInEffect(project.rpc, stage, record.moves))) return at("done", "so on chain");
  if (stage.proposal === null) return at("next", "no proposal yet");
  const stored = proposals.find(({ proposal }) => proposal.id === stage.proposal?.id);
  if (stored === undefined) return at("stuck", `the proposal ${stage.proposal.name} is not in the folder`);
  if (isTrial(stage) && !isOf(stage, stored)) return at("stuck", `${stored.name} is not the proposal of this stage: it makes other calls, or goes another way`);
  try {
    const { steps, summary } = await readStatus(project, stored);
    if (openStep(steps) !== undefined) return at(summary.startsWith("blocked") ? "stale" : "open", `${stored.name}: ${summary}`);
    const simulation = await loadFullSimulation(stored);
    if (!isTrial(stage) || simulation === undefined) return at(isTrial(stage) ? "stuck" : "done", `${stored.name}: executed${simulation === undefined ? ", and its simulation is gone" : ""}`);
    const { equal } = await verifyProposal(project, stored, simulation);
    return equal ? at("done", `${stored.name}: executed and verified`) : at("stuck", `${stored.name}: executed, and did something else than was simulated`);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code.startsWith("LPCTL_RPC_")) throw error;
    return at("stuck", `${stored.name}: ${error.message}`);
  }
}

/** The record only names proposals, and anybody's edit can name another one: a trial of something else proves nothing. */
function isOf({ intents, actor }: Stage, { proposal }: StoredProposal): boolean {
  return canonicalHash(proposal.intents) === canonicalHash(intents) && proposal.authorities.some(({ address }) => address === actor);
}

/** Whether what a stage moves has moved. */
async function isInEffect(rpc: Rpc, { kind, intents }: Stage, moves: readonly Move[]): Promise<boolean> {
  const named = intents.filter(({ kind }) => kind !== "calls");
  const conditions = await readConditions(rpc, postconditions(named));
  if (conditions.some(({ holds }) => !holds)) return false;
  if (named.length === intents.length) return true;
  if (kind === "setup") return (await Promise.all(deriveCalls(intents.filter((intent) => intent.kind === "calls")).map(({ to }) => isInitialized(rpc, to)))).every(Boolean);
  const rules = moves.filter((move) => move.kind === "rule");
  const set = await Promise.all(
    rules.map(async ({ contract, target, selector, to }) => (await tryReadFunction(rpc, contract, "function authorityFor(address target, bytes4 selector) view returns (address)", [target, selector]))?.[0] === to),
  );
  return rules.length > 0 && set.every(Boolean);
}
