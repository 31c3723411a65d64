import type { Proposal } from "../../proposal/proposal.ts";
import type { StateChange } from "../../outcome/simulation.ts";
import { compareEffects, describeDifferences } from "./compare-effects.ts";
import { effectsOf, hashOfEffects, type Effect } from "./effects.ts";

/**
 * How the effects differ from those the proposal carries the hash of, in words; nothing where they do not. Without the list of what is
 * allowed only the hash can be compared: `unknown` where that differs. Undefined for a proposal that carries none.
 */
export function findDrift(proposal: Proposal, changes: readonly StateChange[], allowed: readonly Effect[] | undefined): string[] | "unknown" | undefined {
  if (proposal.effectsHash === undefined) return undefined;
  if (allowed !== undefined) return describeDifferences(compareEffects(allowed, changes));
  return hashOfEffects(effectsOf(changes)) === proposal.effectsHash ? [] : "unknown";
}
