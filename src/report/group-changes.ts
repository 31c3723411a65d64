import type { StateChange } from "../outcome/simulation.ts";
import type { ChangeExpectation } from "./report-data.ts";

/**
 * - `intended`: asked for by an intent
 * - `side-effect`: has a name, was not asked for by name; only where a simulation did not sort its changes itself
 * - `bookkeeping`: nonces, queues and approvals of the authorities on the way; gas
 * - `accrual`: time alone does it, with the proposal or without
 * - `unexplained`: what no layout names, no intent asks for and no rule explains. A signer must see none of these.
 */
export type ChangeGroup = "intended" | "side-effect" | "bookkeeping" | "accrual" | "unexplained";

export const CHANGE_GROUPS: readonly ChangeGroup[] = ["unexplained", "intended", "side-effect", "bookkeeping", "accrual"];

/** Sorts the net changes of a simulation into what a signer reads first and last. Order within a group is kept. */
export function groupChanges(changes: readonly StateChange[], expectation?: ChangeExpectation): Record<ChangeGroup, StateChange[]> {
  const groups: Record<ChangeGroup, StateChange[]> = { intended: [], "side-effect": [], bookkeeping: [], accrual: [], unexplained: [] };
  const groupOf = changeSorter(expectation);
  for (const change of changes) groups[groupOf(change)].push(change);
  return groups;
}

/** The group of one change: what the simulation says, else what the expectation gives. */
export function changeSorter(expectation?: ChangeExpectation): (change: StateChange) => ChangeGroup {
  const intended = new Set(expectation?.intended.map((place) => placeKey(place.address, place.slot)));
  const authorities = new Set(expectation?.authorities.map((address) => address.toLowerCase()));
  return (change) => {
    const { class: sorted } = change as StateChange & { class?: ChangeGroup | undefined };
    if (sorted !== undefined) return sorted;
    if (change.kind === "storage" && change.slot !== undefined && intended.has(placeKey(change.address, change.slot))) return "intended";
    if (change.kind === "storage" && change.path === undefined) return "unexplained";
    if (change.kind === "nonce" || authorities.has(change.address.toLowerCase())) return "bookkeeping";
    return "side-effect";
  };
}

function placeKey(address: string, slot: string): string {
  return `${address}:${slot}`.toLowerCase();
}
