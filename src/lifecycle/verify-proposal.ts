import { loadJournal } from "../chain/journal.ts";
import type { ConditionOutcome } from "../checks/condition-outcome.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import { readActualChanges } from "../simulation/actual.ts";
import { classifyFor } from "../simulation/classify/classify-proposal.ts";
import { compareEffects, type EffectComparison } from "../simulation/effects/compare-effects.ts";
import { effectsOf, hashOfEffects, type Effect } from "../simulation/effects/effects.ts";
import { hashEffects } from "../simulation/net-changes.ts";
import type { SimulationResult, StateChange } from "../outcome/simulation.ts";
import { readConditions } from "./observe.ts";
import { journalPath, planStored } from "./plan.ts";
import type { Project } from "../inspection/project.ts";
import { loadProposalEffects } from "./records.ts";
import { readSent } from "./read-sent.ts";
import { outcomesOf, readProposalBook } from "./simulate-proposal.ts";

export interface Verification {
  /** Everything below holds. */
  equal: boolean;
  postconditions: ConditionOutcome[];
  /** The transactions that carried the proposal out, in order. */
  transactions: Hex[];
  comparison: EffectComparison;
  /** What time alone changed on the way; no part of the comparison. */
  accrual: StateChange[];
  /** Of the changes on chain; equal to the simulation's when all is well. */
  effectsHash: Hex;
}

/**
 * Compares what happened with what was allowed: postconditions read from the chain, and what the mined transactions changed,
 * classified as the simulation was, with the effects by name.
 */
export async function verifyProposal(
  project: Project,
  stored: StoredProposal,
  simulation: SimulationResult,
): Promise<Verification> {
  const { proposal } = stored;
  const plan = await planStored(project.rpc, stored);
  const [results, transactions, book, named] = await Promise.all([
    readConditions(project.rpc, proposal.postconditions),
    readTransactions(project, stored, plan.steps),
    readProposalBook(project, proposal, plan),
    loadProposalEffects(stored),
  ]);
  const routed = { proposal, authority: plan.authority, control: simulation.control };
  // Simulations of older versions have no classes yet.
  const allowed = named ?? effectsOf(classifyFor(simulation.changes, { ...routed, effects: [] }, simulation));
  if (named === undefined) requirePinned(stored, allowed);
  const actual = await readActualChanges(project.rpc, transactions, book);
  const changes = classifyFor(actual.changes, { ...routed, effects: allowed }, simulation);
  const comparison = compareEffects(allowed, changes);
  const postconditions = outcomesOf(results);
  return {
    equal: comparison.equal && postconditions.every((outcome) => outcome.holds),
    postconditions,
    transactions,
    comparison,
    accrual: changes.filter((change) => change.class === "accrual"),
    effectsHash: hashEffects(changes),
  };
}

/** Without effects.json the simulation tells what is allowed, if it is the one that the proposal was made with. @throws LPCTL_EFFECTS_MISSING */
function requirePinned({ proposal, name }: StoredProposal, simulated: readonly Effect[]): void {
  if (proposal.effectsHash === undefined || proposal.effectsHash === hashOfEffects(simulated)) return;
  throw new LpctlError({
    code: "LPCTL_EFFECTS_MISSING",
    exit: Exit.refused,
    message: `The effects.json of ${name} is gone, and its simulation shows other effects than those it was made with`,
    next: "Restore effects.json from version control",
  });
}

/** From the chain where it tells (Safe, Governor, timelock events), else from the journal of what this machine sent. */
async function readTransactions(
  project: Project,
  stored: StoredProposal,
  steps: Awaited<ReturnType<typeof planStored>>["steps"],
): Promise<Hex[]> {
  const perStep = await Promise.all(
    steps.map(async (step, index): Promise<Hex[]> => {
      const state = await step.state(project.rpc);
      if (state.state !== "done") {
        throw new LpctlError({
          code: "LPCTL_PROPOSAL_NOT_EXECUTED",
          exit: Exit.waiting,
          message: `"${step.title}" has not happened yet, so there is nothing to compare`,
          next: `lpctl proposal status ${stored.name}`,
        });
      }
      // What was voted on and by whom changes no more than the governor's own books.
      if (step.kind === "vote-create" || step.kind === "vote" || step.kind === "vote-queue") return [];
      if (step.by.kind === "key") {
        const sent = await readSent(project.rpc, step.by.address, step.calls, await loadJournal(journalPath(stored, index, step.kind)));
        if (sent.length > 0) return sent;
      }
      return state.transaction === undefined ? [] : [state.transaction];
    }),
  );
  return [...new Set(perStep.flat())];
}
