import { plain } from "./document.ts";
import type { Block, Fact, Line } from "./document.ts";
import type { ParameterCard, ReportData } from "./report-data.ts";

/** One card per parameter: before and after, in words and raw. */
export function parameterBlocks(data: ReportData): Block[] {
  return data.parameters.map(parameterCard);
}

function parameterCard(card: ParameterCard): Block {
  const facts: Fact[] = [
    { label: "Before", value: card.before === undefined ? [{ text: "could not be read", tone: "warn" }] : valueLine(card.before) },
    { label: "After", value: valueLine(card.after, true) },
    { label: "Unit", value: plain(card.unit) },
    { label: "Takes effect", value: plain(card.effect) },
  ];
  if (card.bounds !== undefined) facts.push({ label: "Bounds", value: plain(card.bounds) });
  const blocks: Block[] = [{ kind: "text", line: plain(card.meaning) }, { kind: "facts", facts }];
  if (card.hazards.length > 0) blocks.push({ kind: "list", items: card.hazards.map((hazard) => ({ tone: "warn", word: "mind", line: plain(hazard) })) });
  return { kind: "card", tone: "plain", title: [{ text: card.id, mono: true, strong: true }], blocks };
}

function valueLine(value: { human: string; raw: string }, strong = false): Line {
  return value.human === value.raw ? [{ text: value.human, mono: true, strong }] : [{ text: value.human, strong }, { text: "  raw " , tone: "muted" }, { text: value.raw, mono: true }];
}
