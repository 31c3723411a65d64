import { loadJournal } from "../chain/journal.ts";
import type { ConditionOutcome } from "../checks/condition-outcome.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import { readActualChanges } from "../simulation/actual.ts";
import { compareChanges, type ChangeComparison } from "../simulation/compare-changes.ts";
import type { SimulationResult } from "../simulation/result.ts";
import { readConditions } from "./observe.ts";
import { journalPath, planStored } from "./plan.ts";
import type { Project } from "../inspection/project.ts";
import { readSent } from "./read-sent.ts";
import { outcomesOf, readProposalBook } from "./simulate-proposal.ts";

export interface Verification {
  /** Everything below holds. */
  equal: boolean;
  postconditions: ConditionOutcome[];
  /** The transactions that carried the proposal out, in order. */
  transactions: Hex[];
  comparison: ChangeComparison;
  /** Of the changes on chain; equal to the simulation's when all is well. */
  effectsHash: Hex;
}

/**
 * Compares what happened with what was simulated: postconditions read from the chain, and the storage changes of the
 * mined transactions word by word.
 */
export async function verifyProposal(
  project: Project,
  stored: StoredProposal,
  simulation: SimulationResult,
): Promise<Verification> {
  const { proposal } = stored;
  const plan = await planStored(project.rpc, stored);
  const [results, transactions, book] = await Promise.all([
    readConditions(project.rpc, proposal.postconditions),
    readTransactions(project, stored, plan.steps),
    readProposalBook(project, proposal, plan),
  ]);
  const actual = await readActualChanges(project.rpc, transactions, book);
  const comparison = compareChanges(simulation.changes, actual.changes);
  const postconditions = outcomesOf(results);
  return {
    equal: comparison.equal && postconditions.every((outcome) => outcome.holds),
    postconditions,
    transactions,
    comparison,
    effectsHash: actual.effectsHash,
  };
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
      if (step.by.kind === "key") {
        const sent = await readSent(project.rpc, step.by.address, step.calls, await loadJournal(journalPath(stored, index, step.kind)));
        if (sent.length > 0) return sent;
      }
      return state.transaction === undefined ? [] : [state.transaction];
    }),
  );
  return [...new Set(perStep.flat())];
}
