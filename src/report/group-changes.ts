import type { StateChange } from "../simulation/result.ts";
import type { ChangeExpectation } from "./report-data.ts";

/**
 * - `intended`: asked for by an intent
 * - `side-effect`: has a name, was not asked for by name
 * - `bookkeeping`: nonces, queues and approvals of the authorities on the way; gas
 * - `unexplained`: storage that no layout names. A signer must see none of these.
 */
export type ChangeGroup = "intended" | "side-effect" | "bookkeeping" | "unexplained";

export const CHANGE_GROUPS: readonly ChangeGroup[] = ["unexplained", "intended", "side-effect", "bookkeeping"];

/** Sorts the net changes of a simulation into what a signer reads first and last. Order within a group is kept. */
export function groupChanges(changes: readonly StateChange[], expectation?: ChangeExpectation): Record<ChangeGroup, StateChange[]> {
  const intended = new Set(expectation?.intended.map((place) => placeKey(place.address, place.slot)));
  const authorities = new Set(expectation?.authorities.map((address) => address.toLowerCase()));
  const groups: Record<ChangeGroup, StateChange[]> = { intended: [], "side-effect": [], bookkeeping: [], unexplained: [] };
  for (const change of changes) groups[groupOf(change, intended, authorities)].push(change);
  return groups;
}

function groupOf(change: StateChange, intended: ReadonlySet<string>, authorities: ReadonlySet<string>): ChangeGroup {
  if (change.kind === "storage" && change.slot !== undefined && intended.has(placeKey(change.address, change.slot))) return "intended";
  if (change.kind === "storage" && change.path === undefined) return "unexplained";
  if (change.kind === "nonce" || authorities.has(change.address.toLowerCase())) return "bookkeeping";
  return "side-effect";
}

function placeKey(address: string, slot: string): string {
  return `${address}:${slot}`.toLowerCase();
}
