/** What is asked for beside what happened on the fork; and below, what happened that nobody asked for. */
import type { StateChange } from "../outcome/simulation.ts";
import { changeLine } from "./change-line.ts";
import { plain } from "./document.ts";
import type { Block, ListItem, PairRow } from "./document.ts";
import { changeSorter } from "./group-changes.ts";
import type { IntentCard, ReportData } from "./report-data.ts";

/** Effects shown for one intent; the section on changes has them all. */
const MOST_EFFECTS = 12;

export function intentBlocks(data: ReportData): Block[] {
  if (data.intents.length === 0) return [];
  const { simulation } = data;
  if (simulation === undefined) {
    const items = data.intents.map(({ text }): ListItem => ({ tone: "plain", line: plain(text) }));
    return [{ kind: "list", items: [...items, { tone: "warn", word: "not simulated", line: plain("Nobody has run this on a fork: its effects are not known.") }] }];
  }
  const failed = simulation.steps.some(({ outcome }) => outcome === "reverted");
  const rows = data.intents.map((intent): PairRow => ({ left: plain(intent.text), right: effectItems(intent, simulation.changes, failed) }));
  const outside = outsideChanges(data);
  return [
    { kind: "pairs", left: "What is asked", right: "What the simulation did", rows },
    ...(outside.length === 0
      ? [{ kind: "list" as const, items: [{ tone: "good" as const, word: "nothing else", line: plain("No effect outside what is asked, beyond the bookkeeping of the route and the passing of time.") }] }]
      : [{ kind: "card" as const, tone: "bad" as const, title: [{ text: `${outside.length} effect${outside.length === 1 ? "" : "s"} outside what is asked`, strong: true, tone: "bad" as const }], blocks: [{ kind: "list" as const, items: outside }] }]),
  ];
}

function effectItems({ effects }: IntentCard, changes: readonly StateChange[], failed: boolean): ListItem[] {
  const found = effects.flatMap((place) => changes[place] ?? []);
  if (found.length === 0) return [{ tone: failed ? "bad" : "warn", word: "no effect", line: plain(failed ? "The simulation failed before it came about." : "It changes nothing on chain that has a name.") }];
  const items = found.slice(0, MOST_EFFECTS).map((change): ListItem => ({ tone: "good", line: changeLine(change) }));
  const more = found.length - items.length;
  return more === 0 ? items : [...items, { tone: "muted", line: plain(`and ${more} more, below under What changes`) }];
}

function outsideChanges(data: ReportData): ListItem[] {
  const claimed = new Set(data.intents.flatMap(({ effects }) => effects));
  const groupOf = changeSorter(data.expectation);
  return (data.simulation?.changes ?? []).flatMap((change, place): ListItem[] => {
    if (claimed.has(place)) return [];
    const group = groupOf(change);
    if (group === "bookkeeping" || group === "accrual") return [];
    const { why } = change as StateChange & { why?: string | undefined };
    return group === "unexplained"
      ? [{ tone: "bad", word: "unexplained", line: changeLine(change), detail: why }]
      : [{ tone: "warn", word: "follows", line: changeLine(change), detail: why }];
  });
}
