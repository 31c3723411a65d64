import type { RuleLayout, RuleVariable } from "./compiled-unit.ts";

/** One variable of the new layout, and what became of the old one in its place. */
export interface SlotChange {
  /** Decimal slot, and offset in bytes from its low end. */
  slot: string;
  offsetBytes: number;
  sizeBytes: number;
  label: string;
  type: string;
  state: "kept" | "new" | "renamed" | "deprecated" | "changed";
  /** The variable that was at this place, or had this name, before; where name, type or place differs. */
  before?: { label: string; type: string; slot: string; offsetBytes: number };
}

/**
 * The new logic's variables in the order of their slots, each beside what was there before.
 * @param after with deprecating renames annotated, as `acceptDeprecations` returns it
 */
export function mapSlots(before: RuleLayout, after: RuleLayout, deprecated: ReadonlySet<string>): SlotChange[] {
  return after.storage.map((variable): SlotChange => {
    const here = before.storage.find((old) => old.slot === variable.slot && old.offset === variable.offset);
    const named = before.storage.find((old) => old.label === variable.label);
    const place = {
      slot: variable.slot ?? "0",
      offsetBytes: variable.offset ?? 0,
      sizeBytes: sizeOf(after, variable),
      label: variable.label,
      type: typeLabel(after, variable),
    };
    const describe = (old: RuleVariable) => ({
      label: old.label,
      type: typeLabel(before, old),
      slot: old.slot ?? "0",
      offsetBytes: old.offset ?? 0,
    });
    if (here?.label === variable.label) {
      const isSame = typeLabel(before, here) === place.type;
      return isSame ? { ...place, state: "kept" } : { ...place, state: "changed", before: describe(here) };
    }
    if (here !== undefined && variable.renamedFrom === here.label) {
      return { ...place, state: deprecated.has(variable.label) ? "deprecated" : "renamed", before: describe(here) };
    }
    // A gap that shrinks starts later; it is still the same reserve.
    if (named !== undefined) return isGap(variable) ? { ...place, state: "kept" } : { ...place, state: "changed", before: describe(named) };
    if (here !== undefined && !isGap(here)) return { ...place, state: "changed", before: describe(here) };
    return { ...place, state: "new" };
  });
}

export function isGap(variable: { label: string }): boolean {
  return variable.label === "__gap" || variable.label.startsWith("__gap_");
}

export function typeLabel(layout: RuleLayout, variable: { type: string }): string {
  return layout.types[variable.type]?.label ?? variable.type;
}

export function sizeOf(layout: RuleLayout, variable: { type: string }): number {
  return Number(layout.types[variable.type]?.numberOfBytes ?? 32);
}
