import { addressLine, etherText } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Fact } from "./document.ts";
import type { ReportCall, ReportData } from "./report-data.ts";

/** One card per call: who is called, what is asked, with which value, and the bytes themselves. */
export function callBlocks(data: ReportData): Block[] {
  return data.calls.map((call, index) => callCard(data, call, index));
}

function callCard(data: ReportData, call: ReportCall, index: number): Block {
  const facts: Fact[] = [
    { label: "Target", value: addressLine(data, call.target.address, call.target.name), note: call.target.provenBy },
    { label: "Value", value: plain(etherText(call.valueWei)) },
  ];
  if (call.purpose !== undefined) facts.unshift({ label: "For", value: plain(call.purpose) });
  const args = call.args ?? [];
  const decoded = call.signature !== undefined;
  const blocks: Block[] = [{ kind: "facts", facts }];
  if (args.length > 0) {
    blocks.push({ kind: "table", columns: ["Argument", "Type", "Value"], rows: args.map((arg) => [plain(arg.name), mono(arg.type, "muted"), mono(arg.value)]) });
  }
  if (!decoded) blocks.push({ kind: "list", items: [{ tone: "warn", word: "warning", line: plain("No known ABI explains this calldata.") }] });
  blocks.push({ kind: "fold", title: `Calldata, ${(call.data.length - 2) / 2} bytes`, blocks: [{ kind: "code", text: call.data }] });
  const name = call.target.name === undefined ? "" : `${call.target.name}.`;
  return { kind: "card", tone: decoded ? "plain" : "warn", title: [{ text: `${index + 1}. ` }, { text: decoded ? `${name}${call.signature}` : "undecoded call", mono: true, strong: true }], blocks };
}
