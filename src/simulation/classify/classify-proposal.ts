/** The control runs of a proposal, and the classes of all that it changes. */
import type { AuthorityNode } from "../../authority/node.ts";
import type { PlannedStep } from "../../authority/planned-step.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { AddressBook } from "../contract-book.ts";
import type { Effect } from "../effects/effects.ts";
import type { Fork, ForkMark } from "../fork.ts";
import { hashEffects } from "../net-changes.ts";
import { placeKey } from "../../outcome/place.ts";
import type { ControlRecord, SimulationResult, StateChange } from "../../outcome/simulation.ts";
import type { KnownHashes } from "../observe-transaction.ts";
import { authorityKinds, callsOf, classifyChanges, settledChanges } from "./classify-changes.ts";
import { runControl } from "./control-run.ts";
import { unchangedSettings } from "./unchanged-settings.ts";

export interface ProposalControl {
  fork: Fork;
  /** The state that the route began with: the fork returns to it for good. */
  start: ForkMark;
  steps: readonly PlannedStep[];
  book: AddressBook;
  proposal: Proposal;
  authority: AuthorityNode;
  result: SimulationResult;
  /** What the route's names were made from. */
  known?: KnownHashes | undefined;
}

/** Undefined when the route itself failed: there is nothing to explain then. */
export async function runProposalControl({ fork, start, steps, book, proposal, authority, result, known }: ProposalControl): Promise<ControlRecord | undefined> {
  if (result.steps.some(({ outcome }) => outcome === "reverted")) return undefined;
  await fork.returnTo(start);
  return runControl({
    fork,
    steps,
    book,
    known,
    changes: result.changes,
    calls: proposal.calls,
    authority: authority.address,
    unchangedSettings: unchangedSettings(proposal),
    isSettled: settledChanges({ proposal, authorities: authorityKinds(authority), calls: callsOf(result) }),
  });
}

export interface Classification {
  proposal: Proposal;
  authority: AuthorityNode;
  control: ControlRecord | undefined;
  /** Named by people in the proposal's effects; none where nobody named any. */
  effects: readonly Effect[];
}

/** The simulation with a class and a reason for each net change, and the hash of its effects. */
export function classifySimulation(simulation: SimulationResult, classification: Classification): SimulationResult {
  const { control } = classification;
  const changes = classifyFor(simulation.changes, classification, simulation);
  return { ...simulation, changes, effectsHash: hashEffects(changes), ...(control === undefined ? {} : { control }) };
}

/** Classes for what mined transactions changed, by the same rules and the control runs of the simulation. */
export function classifyFor(changes: readonly StateChange[], { proposal, authority, control, effects }: Classification, simulation: SimulationResult): StateChange[] {
  const named = new Set(effects.map((effect) => placeKey(effect.address, effect.path)));
  return classifyChanges(changes, {
    proposal,
    authorities: authorityKinds(authority),
    control,
    isNamed: (address, path) => named.has(placeKey(address, path)),
    calls: callsOf(simulation),
  });
}
