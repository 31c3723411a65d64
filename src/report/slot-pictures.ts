/** The old storage layout beside the new one, slot by slot: plain data to draw, or to write as a table. */
import type { SlotField, SlotPicture, Tone } from "./document.ts";
import type { SlotRow, SlotVariable, UpgradeCard } from "./report-data.ts";

const TONES: Record<SlotRow["state"], Tone> = { kept: "plain", new: "good", renamed: "warn", deprecated: "muted", changed: "bad" };
const SLOT_BYTES = 32n;

/** One picture for each slot in which a variable of either layout begins. */
export function slotPictures({ slots, previous = [] }: UpgradeCard["storage"]): SlotPicture[] {
  const starts = [...new Set([...slots, ...previous].map(({ slot }) => slot))].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
  return starts.map((start) => {
    const old = fieldsAt(previous, start, (variable) => pastOf(variable, slots));
    const now = fieldsAt(slots, start, (variable) => ({ tone: isGap(variable.label) ? "muted" : TONES[variable.state], word: wordOf(variable) }));
    const ends = [...slots, ...previous].filter(({ slot }) => BigInt(slot) === start).map(lastSlot);
    const end = ends.reduce((last, one) => (one > last ? one : last), start);
    return { slot: end === start ? `${start}` : `${start} to ${end}`, before: old, after: now };
  });
}

function wordOf({ label, state, slot, offsetBytes, before }: SlotRow): string | undefined {
  if (state === "kept") return isGap(label) ? "gap" : undefined;
  if (before === undefined) return state;
  if (state === "changed") {
    const moved = before.label === label && (before.slot !== undefined && (before.slot !== slot || before.offsetBytes !== offsetBytes));
    return moved ? `moved from slot ${before.slot ?? "?"}` : `was ${before.label} ${before.type}`;
  }
  return `${state}: was ${before.label}`;
}

/** What becomes of a variable of the old layout. */
function pastOf(variable: SlotVariable, slots: readonly SlotRow[]): { tone: Tone; word?: string | undefined } {
  if (isGap(variable.label)) return { tone: "muted", word: "gap" };
  const here = slots.find(({ slot, offsetBytes }) => slot === variable.slot && offsetBytes === variable.offsetBytes);
  if (here?.label === variable.label) return here.type === variable.type ? { tone: "plain" } : { tone: "bad", word: "type changes" };
  if (here !== undefined && (here.state === "renamed" || here.state === "deprecated")) return { tone: "muted", word: here.state };
  if (slots.some(({ label }) => label === variable.label)) return { tone: "bad", word: "moved" };
  return { tone: "bad", word: here === undefined ? "removed" : "replaced" };
}

/** The variables that begin in a slot; where none does, the one that reaches into it from a lower slot. */
function fieldsAt<T extends SlotVariable>(variables: readonly T[], slot: bigint, judge: (variable: T) => { tone: Tone; word?: string | undefined }): SlotField[] {
  const begin = variables.filter((variable) => BigInt(variable.slot) === slot).sort((a, b) => a.offsetBytes - b.offsetBytes);
  if (begin.length > 0) return begin.map((variable) => ({ ...fieldOf(variable), ...judge(variable) }));
  const over = variables.find((variable) => BigInt(variable.slot) < slot && lastSlot(variable) >= slot);
  return over === undefined ? [] : [{ ...fieldOf(over), offsetBytes: 0, sizeBytes: Number(SLOT_BYTES), tone: "muted", word: `of slot ${over.slot} on` }];
}

function fieldOf({ label, type, offsetBytes, sizeBytes }: SlotVariable): SlotField {
  return { label, type, offsetBytes, sizeBytes: Math.min(sizeBytes, Number(SLOT_BYTES)), tone: "plain" };
}

function lastSlot({ slot, sizeBytes }: SlotVariable): bigint {
  return BigInt(slot) + (sizeBytes <= 32 ? 0n : (BigInt(sizeBytes) + SLOT_BYTES - 1n) / SLOT_BYTES - 1n);
}

function isGap(label: string): boolean {
  return label === "__gap" || label.startsWith("__gap_");
}

/** Whether a reader has to look at it: something is not as it was. */
export function isSlotChanged({ before, after }: SlotPicture): boolean {
  return [...before, ...after].some(({ word }) => word !== undefined && word !== "gap" && !word.startsWith("of slot"));
}
