import { addressLine, etherText } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Fact, Line } from "./document.ts";
import type { ReportCall, ReportData } from "./report-data.ts";

/** Up to here every call stands open, one card each. */
const MOST_OPEN_CALLS = 12;
/** Bytes of calldata that stay folded on paper. */
const LONG_CALLDATA_BYTES = 512;

/** One card per call: who is called, what is asked, with which value, and the bytes themselves. Many calls begin with a list of them. */
export function callBlocks(data: ReportData): Block[] {
  const { calls } = data;
  const cards = calls.map((call, index) => callCard(data, call, index));
  if (calls.length <= MOST_OPEN_CALLS) return cards;
  const undecoded = calls.filter(({ signature }) => signature === undefined).length;
  return [
    ...(undecoded === 0 ? [] : [{ kind: "list" as const, items: [{ tone: "warn" as const, word: "warning", line: plain(`${undecoded} of ${calls.length} calls are explained by no known ABI.`) }] }]),
    {
      kind: "table",
      columns: ["Call", "Target", "Asks", "Value"],
      rows: calls.map((call, index): Line[] => [plain(String(index + 1)), addressLine(data, call.target.address, call.target.name), titleOf(call), plain(etherText(call.valueWei))]),
    },
    { kind: "fold", long: true, title: `All ${calls.length} calls with their arguments and bytes`, blocks: cards },
  ];
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
  const bytes = (call.data.length - 2) / 2;
  blocks.push({ kind: "fold", long: bytes > LONG_CALLDATA_BYTES, title: `Calldata, ${bytes} bytes`, blocks: [{ kind: "code", text: call.data }] });
  return { kind: "card", tone: decoded ? "plain" : "warn", title: [{ text: `${index + 1}. ` }, ...titleOf(call)], blocks };
}

function titleOf({ signature, target }: ReportCall): Line {
  const name = target.name === undefined ? "" : `${target.name}.`;
  return signature === undefined ? [{ text: "undecoded call", strong: true, tone: "warn" }] : [{ text: `${name}${signature}`, mono: true, strong: true }];
}
