/** Net changes over the whole route, by kind and contract, the worst kind first. */
import { shownValue } from "../outcome/place.ts";
import type { StateChange } from "../outcome/simulation.ts";
import { addressLine } from "./address-line.ts";
import { changedPlace } from "./change-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Tone } from "./document.ts";
import { CHANGE_GROUPS, groupChanges } from "./group-changes.ts";
import type { ChangeGroup } from "./group-changes.ts";
import type { ReportData } from "./report-data.ts";

const GROUPS: Record<ChangeGroup, { tone: Tone; title: string }> = {
  unexplained: { tone: "bad", title: "Unexplained: nothing names this, or nobody asked for it" },
  intended: { tone: "good", title: "Intended" },
  "side-effect": { tone: "plain", title: "Follows from it" },
  bookkeeping: { tone: "muted", title: "Bookkeeping of the route" },
  accrual: { tone: "muted", title: "The passing of time: it happens without the proposal too" },
};
/** Groups that nobody has to read to judge a proposal are folded from here on. */
const MOST_OPEN_QUIET_CHANGES = 6;

export function changeBlocks(data: ReportData): Block[] {
  const { simulation } = data;
  if (simulation === undefined) return [];
  if (simulation.changes.length === 0) return [{ kind: "text", line: plain("Nothing changes on chain.") }];
  const groups = groupChanges(simulation.changes, data.expectation);
  const counts = CHANGE_GROUPS.filter((group) => group !== "side-effect" || groups[group].length > 0).map((group) => `${groups[group].length} ${group}`);
  return [
    { kind: "text", line: plain(`${simulation.changes.length} changes: ${counts.join(", ")}.`) },
    ...CHANGE_GROUPS.filter((group) => groups[group].length > 0).map((group): Block => {
      const cards = groupByAddress(groups[group]).map((changes) => changeCard(data, changes));
      const isQuiet = GROUPS[group].tone === "muted" && groups[group].length > MOST_OPEN_QUIET_CHANGES;
      return {
        kind: "card",
        tone: GROUPS[group].tone,
        title: [{ text: titleOf(group, data), strong: true, tone: GROUPS[group].tone }],
        blocks: isQuiet ? [{ kind: "fold", title: `${groups[group].length} changes`, blocks: cards }] : cards,
      };
    }),
  ];
}

function titleOf(group: ChangeGroup, data: ReportData): string {
  return group === "side-effect" && data.expectation === undefined ? "Named" : GROUPS[group].title;
}

function groupByAddress(changes: readonly StateChange[]): StateChange[][] {
  const byAddress = new Map<string, StateChange[]>();
  for (const change of changes) {
    const list = byAddress.get(change.address);
    if (list === undefined) byAddress.set(change.address, [change]);
    else list.push(change);
  }
  return [...byAddress.values()];
}

function changeCard(data: ReportData, changes: readonly (StateChange & { why?: string | undefined })[]): Block {
  const [first] = changes;
  const hasReasons = changes.some(({ why }) => why !== undefined);
  return {
    kind: "card",
    tone: "plain",
    title: first === undefined ? [] : addressLine(data, first.address, first.contract),
    blocks: [
      {
        kind: "table",
        columns: ["What", "Before", "After", ...(hasReasons ? ["Why"] : [])],
        rows: changes.map((change) => [
          changedPlace(change),
          mono(shownValue(change, "before")),
          [{ text: shownValue(change, "after"), mono: true, strong: true }],
          ...(hasReasons ? [plain(change.why ?? "")] : []),
        ]),
      },
    ],
  };
}
