import type { Finding } from "../finding.ts";
import type { CompiledUnit, RuleVariable, UpgradeFacts } from "./compiled-unit.ts";
import { sizeOf, typeLabel } from "./slot-map.ts";

type SlotUse = UpgradeFacts["slotUses"][number];

/** Slots below this are where declared variables lie, or will once more are declared; a hash never comes out so low. */
const LOW = 1n << 64n;

/** Storage that inline assembly uses past the layout: positions that move, and writes to where variables lie. */
export function positionFindings(from: CompiledUnit, to: CompiledUnit): Finding[] {
  return [...movedPositions(from.facts.slotUses, to.facts.slotUses), ...lowWrites(from, to)];
}

/** Constants whose change is a position's: the finding on that says more than one on the constant. */
export function movedConstants(from: CompiledUnit, to: CompiledUnit): Set<string> {
  return new Set(pairs(from.facts.slotUses, to.facts.slotUses).flatMap(({ after }) => after?.name ?? []));
}

interface Pair {
  before: SlotUse;
  /** What took its place; undefined when nothing did. */
  after: SlotUse | undefined;
}

/** Positions the old logic uses and the new one does not, each with its successor, found by the constant's name or else by place. */
function pairs(before: readonly SlotUse[], after: readonly SlotUse[]): Pair[] {
  const kept = new Set(after.map(({ slot }) => slot));
  const known = new Set(before.map(({ slot }) => slot));
  const lost = unique(before.filter(({ slot }) => !kept.has(slot)));
  const fresh = unique(after.filter(({ slot }) => !known.has(slot)));
  return lost.map((use) => {
    const named = use.name === null ? undefined : fresh.find(({ name }) => name === use.name);
    const here = fresh.filter(({ contract, kind }) => contract === use.contract && kind === use.kind);
    return { before: use, after: named ?? (here.length === 1 ? here[0] : undefined) };
  });
}

function movedPositions(before: readonly SlotUse[], after: readonly SlotUse[]): Finding[] {
  return pairs(before, after).map(({ before: use, after: next }): Finding => {
    const what = use.name === null ? `the slot ${use.slot}` : `\`${use.name}\``;
    if (next === undefined) {
      return {
        severity: "warning",
        code: "storage-position-lost",
        title: `The new logic no longer uses ${what}, a position in storage.`,
        detail: `${use.contract} kept something at ${use.slot} (${use.src}); it stays there, and nothing reads it.`,
      };
    }
    return {
      severity: "refuse",
      code: "storage-position-moved",
      title: `The position in storage ${what} moves: what is kept there is no longer found.`,
      detail: `Was ${use.slot} (${use.src}), becomes ${next.slot}${next.name === null || next.name === use.name ? "" : `, \`${next.name}\``} (${next.src}). Everything kept at the old position reads as zero.`,
    };
  });
}

function lowWrites(from: CompiledUnit, to: CompiledUnit): Finding[] {
  const uses = unique(to.facts.slotUses.filter(({ kind, slot }) => kind !== "sload" && BigInt(slot) < LOW));
  return uses.map((use): Finding => {
    const isOld = from.facts.slotUses.some(({ kind, slot, contract }) => kind === use.kind && slot === use.slot && contract === use.contract);
    const slot = BigInt(use.slot);
    const lies = to.facts.layout.storage.filter((variable) => covers(to, variable, slot));
    const how = use.kind === "sstore" ? "writes" : "points a variable at";
    const place = `In ${use.contract}, ${use.src}${isOld ? "; the running logic does it too" : ""}.`;
    if (lies.length === 0) {
      return {
        severity: "warning",
        code: "assembly-low-slot",
        title: `Inline assembly ${how} slot ${slot}, where the next variables will be declared.`,
        detail: `${place} Positions outside the layout are hashes: keccak256 of a name, or ERC-7201.`,
      };
    }
    return {
      severity: isOld ? "warning" : "refuse",
      code: "assembly-slot-overlaps",
      title: `Inline assembly ${how} slot ${slot}, where ${lies.map(({ label }) => `\`${label}\``).join(", ")} ${lies.length === 1 ? "lies" : "lie"}.`,
      detail: `${place} There: ${lies.map((variable) => `${typeLabel(to.facts.layout, variable)} ${variable.label}`).join(", ")}.`,
    };
  });
}

function covers(unit: CompiledUnit, variable: RuleVariable, slot: bigint): boolean {
  const first = BigInt(variable.slot ?? 0);
  const bytes = BigInt(variable.offset ?? 0) + BigInt(sizeOf(unit.facts.layout, variable));
  return slot >= first && slot < first + (bytes + 31n) / 32n;
}

/** One use for each slot and kind; the first in the order of the source. */
function unique(uses: readonly SlotUse[]): SlotUse[] {
  return [...new Map(uses.toReversed().map((use) => [`${use.kind} ${use.slot}`, use])).values()].toReversed();
}
