import type { InvariantOutcome, RollbackOutcome, Verdict } from "../outcome/aftermath.ts";
import { addressLine } from "./address-line.ts";
import { plain } from "./document.ts";
import type { Block, Fact, Line, ListItem } from "./document.ts";
import type { ReportData } from "./report-data.ts";

/** The protocol's laws before, after and later; what actors could still do; whether the old code could come back. */
export function aftermathBlocks(data: ReportData): Block[] {
  const { aftermath } = data;
  if (aftermath === undefined) return [];
  const { invariants, rollbacks, life, notRun, assumptions } = aftermath;
  const items: ListItem[] = [
    ...(notRun === undefined ? [] : [{ tone: "warn" as const, word: "not tried", line: plain(notRun) }]),
    ...(life.rounds === 0 ? [] : [{ tone: "plain" as const, word: "lived", line: plain(`${life.rounds} more round${life.rounds === 1 ? "" : "s"} with ${life.actions} transactions of actors.`) }]),
    ...life.failed.map((text): ListItem => ({ tone: "bad", word: "fails now", line: plain(text) })),
    ...assumptions.map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })),
  ];
  return [
    ...(items.length === 0 ? [] : [{ kind: "list" as const, items }]),
    ...invariantBlocks(invariants),
    ...rollbacks.map((rollback) => rollbackCard(data, rollback)),
  ];
}

/** Words in a table, so that it can be taken in at a glance; figures where something is broken, and folded for the rest. */
function invariantBlocks(invariants: readonly InvariantOutcome[]): Block[] {
  if (invariants.length === 0) return [];
  const broken = invariants.filter(({ before, after, later }) => !before.holds || !after.holds || later?.holds === false);
  const items = broken.flatMap(({ name, before, after, later }): ListItem[] =>
    ([["before", before], ["after", after], ["later", later]] as const).flatMap(([when, verdict]): ListItem[] =>
      verdict === undefined || verdict.holds ? [] : [{ tone: "bad", word: "broken", line: [{ text: name, mono: true }, { text: ` ${when}` }], detail: verdict.detail }],
    ),
  );
  const table: Block = {
    kind: "table",
    columns: ["Invariant", "Before", "After", "Later"],
    rows: invariants.map((one): Line[] => [[{ text: one.name, mono: true }], verdictLine(one.before), verdictLine(one.after), laterLine(one)]),
  };
  const figures: Block = { kind: "facts", facts: invariants.map((one): Fact => ({ label: one.name, value: plain(one.explains), note: figuresOf(one) })) };
  const title = "What each invariant protects, and its figures";
  if (items.length === 0) {
    return [
      { kind: "list", items: [{ tone: "good", word: "kept", line: plain(keptText(invariants)) }] },
      { kind: "fold", title, blocks: [table, figures] },
    ];
  }
  return [{ kind: "list", items }, table, { kind: "fold", title, blocks: [figures] }];
}

function keptText(invariants: readonly InvariantOutcome[]): string {
  const tried = invariants.filter(({ before, after }) => before.untried === undefined && after.untried === undefined);
  const later = tried.filter((one) => one.later !== undefined && one.later.untried === undefined).length;
  const untold = invariants.length - tried.length;
  const all = untold > 0 ? `${tried.length} of ${invariants.length} invariants hold` : invariants.length === 1 ? "The invariant holds" : `All ${invariants.length} invariants hold`;
  const still = later === 0 ? "" : `, and ${later === tried.length ? "" : `${later} of them `}still later`;
  return `${all} before and after the proposal${still}${untold === 0 ? "" : `; ${untold} cannot be told`}.`;
}

function figuresOf({ before, after, later }: InvariantOutcome): string {
  const parts = [`before: ${before.detail}`, `after: ${after.detail}`, ...(later === undefined ? [] : [`later: ${later.detail}`])];
  return parts.filter((part) => !part.endsWith(": ")).join("; ");
}

function laterLine({ later, laterWithout }: InvariantOutcome): Line {
  if (later === undefined) return [{ text: "not tried", tone: "muted" }];
  const other = laterWithout === undefined || laterWithout.holds === later.holds ? "" : ` (without the proposal it ${laterWithout.holds ? "holds" : "is broken too"})`;
  return [...verdictLine(later), { text: other, tone: "muted" }];
}

function verdictLine({ holds, untried }: Verdict): Line {
  if (untried !== undefined) return [{ text: "not tried", tone: "muted" }];
  return [holds ? { text: "holds", tone: "good" } : { text: "broken", tone: "bad", strong: true }];
}

function rollbackCard(data: ReportData, { contract, proxy, holds, detail, differences }: RollbackOutcome): Block {
  const items: ListItem[] = [
    { tone: holds ? "good" : "bad", word: holds ? "way back open" : "no way back", line: plain(detail) },
    ...differences.map((text): ListItem => ({ tone: "warn", word: "differs", line: plain(text) })),
  ];
  return { kind: "card", tone: holds ? "plain" : "bad", title: [{ text: "The old code again: " }, ...addressLine(data, proxy, contract)], blocks: [{ kind: "list", items }] };
}
