/** What the simulation saw: net changes by name, then step by step with gas, calls and events. */
import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import type { CallNode, DecodedEvent, SimulatedStep, StateChange } from "../simulation/result.ts";
import { addressLine, etherText } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Line, Span, Tone, TreeNode } from "./document.ts";
import { CHANGE_GROUPS, groupChanges } from "./group-changes.ts";
import type { ChangeGroup } from "./group-changes.ts";
import type { ReportData } from "./report-data.ts";

const GROUPS: Record<ChangeGroup, { tone: Tone; title: string }> = {
  unexplained: { tone: "bad", title: "Unexplained: no layout names this storage" },
  intended: { tone: "good", title: "Intended" },
  "side-effect": { tone: "plain", title: "Follows from it" },
  bookkeeping: { tone: "muted", title: "Bookkeeping of the route" },
};

/** Net changes over the whole route, the worst kind first. */
export function changeBlocks(data: ReportData): Block[] {
  const { simulation } = data;
  if (simulation === undefined) return [{ kind: "list", items: [{ tone: "warn", word: "not simulated", line: plain("Nobody has run this on a fork: its effects are not known.") }] }];
  if (simulation.changes.length === 0) return [{ kind: "text", line: plain("Nothing changes on chain.") }];
  const groups = groupChanges(simulation.changes, data.expectation);
  return CHANGE_GROUPS.filter((group) => groups[group].length > 0).map((group) => ({
    kind: "card",
    tone: GROUPS[group].tone,
    title: [{ text: titleOf(group, data), strong: true, tone: GROUPS[group].tone }],
    blocks: groupByAddress(groups[group]).map((changes) => changeCard(data, changes)),
  }));
}

/** Where and when it ran, each step's outcome and gas, and below them calls and events. */
export function simulationBlocks(data: ReportData): Block[] {
  const { simulation } = data;
  if (simulation === undefined) return [];
  const { block } = simulation;
  return [
    {
      kind: "facts",
      facts: [
        { label: "Fork of block", value: [{ text: block.number.toString() }, { text: ` ${block.hash}`, mono: true }] },
        { label: "Block time", value: plain(`${isoTime(block.timestampSeconds)} (${block.timestampSeconds})`) },
        { label: "Engine", value: plain(simulation.engine) },
        { label: "Effects hash", value: mono(simulation.effectsHash), note: "of the net storage changes; the same on any block where the effects are the same" },
      ],
    },
    {
      kind: "table",
      columns: ["Step", "From", "To", "Gas", "Outcome"],
      rows: simulation.steps.map((step, index) => [
        plain(`${index + 1}. ${step.title}`), mono(step.from), mono(step.to), plain(step.gasUsed.toString()), outcomeLine(step),
      ]),
    },
    ...simulation.steps.map((step, index): Block => ({
      kind: "fold",
      title: `Step ${index + 1}, ${step.title}: calls and events`,
      blocks: stepBlocks(step),
    })),
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

function changeCard(data: ReportData, changes: readonly StateChange[]): Block {
  const [first] = changes;
  return {
    kind: "card",
    tone: "plain",
    title: first === undefined ? [] : addressLine(data, first.address, first.contract),
    blocks: [
      {
        kind: "table",
        columns: ["What", "Before", "After"],
        rows: changes.map((change) => [whatLine(change), mono(change.beforeText ?? change.before), [{ text: change.afterText ?? change.after, mono: true, strong: true }]]),
      },
    ],
  };
}

function whatLine(change: StateChange): Line {
  if (change.kind !== "storage") return plain(change.kind);
  const type: Span[] = change.type === undefined ? [] : [{ text: ` ${change.type}`, mono: true, tone: "muted" }];
  return change.path === undefined ? [{ text: `slot ${change.slot ?? "?"}`, mono: true, tone: "bad" }] : [{ text: change.path, mono: true }, ...type];
}

function outcomeLine(step: SimulatedStep): Line {
  return step.outcome === "success" ? [{ text: "success", tone: "good" }] : [{ text: `reverted: ${step.revertReason ?? "without a reason"}`, tone: "bad", strong: true }];
}

function stepBlocks(step: SimulatedStep): Block[] {
  const blocks: Block[] = [{ kind: "tree", roots: [callNode(step.calls)] }];
  if (step.events.length > 0) blocks.push({ kind: "list", items: step.events.map((event) => ({ tone: "plain", word: "event", line: eventLine(event) })) });
  return blocks;
}

function callNode(call: CallNode): TreeNode {
  const name = call.toName === undefined ? call.to : `${call.toName} ${call.to}`;
  const line: Span[] = [{ text: `${call.type} `, tone: "muted" }, { text: name, mono: true }];
  if (call.signature !== undefined) line.push({ text: ` ${withArguments(call.signature, call.args)}`, mono: true });
  else if (call.input.length > 2) line.push({ text: ` ${call.input}`, mono: true });
  if (call.valueWei > 0n) line.push({ text: ` with ${etherText(call.valueWei)}`, strong: true });
  line.push({ text: ` gas ${call.gasUsed}`, tone: "muted" });
  if (call.error !== undefined) line.push({ text: ` ${call.error}`, tone: "bad", strong: true });
  return { line, children: call.children.map(callNode) };
}

function eventLine(event: DecodedEvent): Line {
  const at: Span = { text: `${event.addressName === undefined ? "" : `${event.addressName} `}${event.address} `, mono: true, tone: "muted" };
  return event.signature === undefined ? [at, { text: [...event.topics, event.data].join(" "), mono: true }] : [at, { text: withArguments(event.signature, event.args), mono: true }];
}

/** `setVerificationRate(verificationRate: 500)` */
function withArguments(signature: string, args: readonly DecodedArgument[] | undefined): string {
  const name = signature.slice(0, signature.indexOf("("));
  return `${name}(${(args ?? []).map((arg) => `${arg.name}: ${arg.value}`).join(", ")})`;
}

/** UTC, from seconds; no clock of this machine is involved. */
function isoTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? "unknown time" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
