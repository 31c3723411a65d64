import type { TrafficOutcome } from "../outcome/traffic.ts";
import { addressLine } from "./address-line.ts";
import { plain } from "./document.ts";
import type { Block, Line, ListItem } from "./document.ts";
import type { ReportData } from "./report-data.ts";

/** Mined transactions again, on old and new code: how many, and each way in which they differ. */
export function trafficBlocks(data: ReportData): Block[] {
  return (data.traffic ?? []).map((outcome): Block => {
    const unexpected = outcome.classes.some(({ expected }) => !expected);
    return {
      kind: "card",
      tone: unexpected ? "bad" : "good",
      title: [{ text: "Past transactions of " }, ...addressLine(data, outcome.proxy, outcome.contract)],
      blocks: [
        { kind: "text", line: plain(`${outcome.transactions} transactions of blocks ${outcome.fromBlock} to ${outcome.toBlock}, each from its own state: ${outcome.identical} identical, ${outcome.expected} with expected differences only.`) },
        ...(outcome.classes.length === 0 ? [] : [classTable(outcome)]),
        ...noteBlocks(outcome),
      ],
    };
  });
}

function classTable({ classes }: TrafficOutcome): Block {
  return {
    kind: "table",
    columns: ["Function", "Differs in", "Count", "Expected", "Example", "How"],
    rows: classes.map((one): Line[] => [
      [{ text: one.signature ?? one.selector, mono: true }],
      plain(one.what === "" ? one.kind : `${one.kind}: ${one.what}`),
      plain(String(one.count)),
      one.expected ? [{ text: "yes", tone: "good" }] : [{ text: "no", tone: "bad", strong: true }],
      [{ text: one.example, mono: true }],
      plain(one.detail),
    ]),
  };
}

function noteBlocks({ skipped, notes, unusedExpectations }: TrafficOutcome): Block[] {
  const items: ListItem[] = [
    ...skipped.map(({ reason, count }): ListItem => ({ tone: "muted", word: "skipped", line: plain(`${count}: ${reason}`) })),
    ...unusedExpectations.map((text): ListItem => ({ tone: "warn", word: "expected in vain", line: plain(text) })),
    ...notes.map((text): ListItem => ({ tone: "muted", word: "note", line: plain(text) })),
  ];
  return items.length === 0 ? [] : [{ kind: "list", items }];
}
