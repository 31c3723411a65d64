/** The run on the fork step by step: where and when, gas, outcome, and below them calls and events. */
import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import type { CallNode, DecodedEvent, SimulatedStep } from "../outcome/simulation.ts";
import { etherText } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Line, Span, TreeNode } from "./document.ts";
import type { ReportData } from "./report-data.ts";
import { utcTime } from "./utc-time.ts";

/** Trees up to this many calls stand open and are printed on paper. */
const MOST_OPEN_CALLS = 40;

export function simulationBlocks(data: ReportData): Block[] {
  const { simulation } = data;
  if (simulation === undefined) return [];
  const { block } = simulation;
  return [
    {
      kind: "facts",
      facts: [
        { label: "Fork of block", value: [{ text: block.number.toString() }, { text: ` ${block.hash}`, mono: true }] },
        { label: "Block time", value: plain(`${utcTime(block.timestampSeconds)} (${block.timestampSeconds})`) },
        { label: "Engine", value: plain(simulation.engine) },
        { label: "Effects hash", value: mono(simulation.effectsHash), note: "of the net storage changes; the same on any block where the effects are the same" },
      ],
    },
    {
      kind: "table",
      columns: ["Step", "Outcome", "Gas", "Sent by, and to"],
      rows: simulation.steps.map((step, index) => [
        plain(`${index + 1}. ${step.title}`), outcomeLine(step), plain(step.gasUsed.toString()), [{ text: step.from, mono: true }, { text: " " }, { text: step.to, mono: true }],
      ]),
    },
    ...simulation.steps.flatMap((step, index): Block[] => stepBlocks(step, index)),
  ];
}

function stepBlocks(step: SimulatedStep, index: number): Block[] {
  const calls = countCalls(step.calls);
  const tree: Block = { kind: "tree", roots: [callNode(step.calls)] };
  const blocks: Block[] = [{ kind: "fold", long: calls > MOST_OPEN_CALLS, title: `Step ${index + 1}, ${step.title}: ${calls} call${calls === 1 ? "" : "s"}`, blocks: [tree] }];
  if (step.events.length > 0) {
    blocks.push({
      kind: "fold",
      long: step.events.length > MOST_OPEN_CALLS,
      title: `Step ${index + 1}: ${step.events.length} event${step.events.length === 1 ? "" : "s"}`,
      blocks: [{ kind: "list", items: step.events.map((event) => ({ tone: "plain", word: "event", line: eventLine(event) })) }],
    });
  }
  return blocks;
}

function outcomeLine(step: SimulatedStep): Line {
  return step.outcome === "success" ? [{ text: "success", tone: "good" }] : [{ text: `reverted: ${step.revertReason ?? "without a reason"}`, tone: "bad", strong: true }];
}

function countCalls(call: CallNode): number {
  let count = 0;
  for (let open = [call]; open.length > 0; open = open.flatMap(({ children }) => children)) count += open.length;
  return count;
}

function callNode(call: CallNode): TreeNode {
  const line: Span[] = [{ text: `${call.type} `, tone: "muted" }];
  if (call.toName !== undefined) line.push({ text: `${call.toName} `, strong: true });
  line.push({ text: call.to, mono: true });
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
