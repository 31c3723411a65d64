/** Findings on layouts alone, held against what lies on chain. */
import type { Finding } from "../../finding.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { Layout } from "../../protocol/layout.ts";
import { cellsOf, type Cell } from "./cells.ts";

/** Findings that say of one variable, which their title names first, that its bytes are misread or lost. */
const THEORETICAL = new Set([
  "layout-variable-deleted",
  "layout-variable-inserted",
  "layout-variable-moved",
  "layout-variable-renamed",
  "layout-variable-replaced",
  "layout-type-changed",
]);
const MOST_WORDS = 16;
const WORD = 32n;

/**
 * A refusal that rests on the layouts alone becomes a fact with the value that would be misread, or is cleared where all
 * bytes it is about are zero on chain. What hashes lead to (mappings) cannot be cleared: nobody can list its keys.
 */
export async function judgeLayoutFindings(
  findings: readonly Finding[],
  { before, after, word }: { before: Layout; after: Layout; word: (slot: bigint) => Promise<Hex> },
): Promise<Finding[]> {
  const olds = cellsOf(before);
  const news = cellsOf(after);
  return Promise.all(
    findings.map(async (finding): Promise<Finding> => {
      if (finding.severity !== "refuse" || !THEORETICAL.has(finding.code)) return finding;
      const label = /`([^`]+)`/.exec(finding.title)?.[1];
      const named = [...news, ...olds].filter(({ path }) => label !== undefined && (path === label || path.startsWith(`${label}.`) || path.startsWith(`${label}[`)));
      // What the old logic keeps where the variable is, was, or will be: that is what is misread.
      const concerned = unique([...named, ...olds.filter((old) => !old.isGap && named.some((cell) => overlaps(old, cell)))]);
      if (named.length === 0) return finding;
      const open = concerned.find(({ type }) => type.encoding === "mapping" || type.isOpen === true);
      if (open !== undefined) return { ...finding, detail: `${finding.detail} \`${open.path}\` is a mapping: whether it has entries cannot be told from its slot.` };
      const slots = [...new Set(concerned.flatMap(slotsOf))];
      if (slots.length > MOST_WORDS) return finding;
      const words = new Map(await Promise.all(slots.map(async (slot) => [slot, await word(slot)] as const)));
      const full = concerned.filter((cell) => bytesOf(cell, words).some((hex) => /[^0]/.test(hex)));
      if (full.length === 0) {
        return {
          ...finding,
          severity: "info",
          title: `Harmless on this chain: ${finding.title}`,
          detail: `${finding.detail} Cleared: all bytes it is about are zero on chain (${slots.length === 1 ? "slot" : "slots"} ${slots.join(", ")}), so nothing is misread or lost.`,
        };
      }
      const values = full.slice(0, 4).map((cell) => `\`${cell.path}\` (${cell.type.label}) = ${show(cell, bytesOf(cell, words))}`);
      return { ...finding, detail: `${finding.detail} On chain: ${values.join(", ")}${full.length > 4 ? ` and ${full.length - 4} more` : ""}.` };
    }),
  );
}

function overlaps(a: Cell, b: Cell): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

function unique(cells: readonly Cell[]): Cell[] {
  return [...new Map(cells.map((cell) => [`${cell.start} ${cell.size} ${cell.path}`, cell])).values()];
}

function slotsOf({ start, size }: Cell): bigint[] {
  const slots: bigint[] = [];
  for (let slot = start / WORD; slot * WORD < start + size && slots.length <= MOST_WORDS; slot += 1n) slots.push(slot);
  return slots;
}

/** Its bytes, word by word. */
function bytesOf(cell: Cell, words: ReadonlyMap<bigint, Hex>): string[] {
  return slotsOf(cell).map((slot) => {
    const from = cell.start > slot * WORD ? Number(cell.start - slot * WORD) : 0;
    const end = cell.start + cell.size;
    const to = end < (slot + 1n) * WORD ? Number(end - slot * WORD) : 32;
    return words.get(slot)?.slice(66 - to * 2, 66 - from * 2) ?? "";
  });
}

function show({ type }: Cell, parts: readonly string[]): string {
  const [hex = ""] = parts;
  return parts.length === 1 && /^u?int|^enum|^bool/.test(type.label) ? BigInt(`0x${hex}`).toString() : `0x${parts.join("")}`;
}
