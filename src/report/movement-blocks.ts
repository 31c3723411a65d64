/** What went from whom to whom, and who may do what from now on, as calls and events tell it. */
import type { Movement, PowerChange } from "../outcome/movement.ts";
import { addressLine, etherText } from "./address-line.ts";
import { mono } from "./document.ts";
import type { Block, Line } from "./document.ts";
import type { ReportData } from "./report-data.ts";

export function movementBlocks(data: ReportData): Block[] {
  const { movements = [], powerChanges = [] } = data;
  return [
    ...(movements.length === 0 ? [] : [{ kind: "table" as const, columns: ["What", "From", "To"], rows: movements.map((movement) => movementRow(data, movement)) }]),
    ...(powerChanges.length === 0 ? [] : [{ kind: "table" as const, columns: ["Who decides", "Before", "After"], rows: powerChanges.map((change) => powerRow(data, change)) }]),
  ];
}

function movementRow(data: ReportData, { asset, assetName, from, to, amount }: Movement): Line[] {
  const what: Line = asset === "ETH" ? [{ text: etherText(amount), strong: true }] : [{ text: `${amount} of `, strong: true }, ...addressLine(data, asset, assetName)];
  return [what, addressLine(data, from), addressLine(data, to)];
}

function powerRow(data: ReportData, { address, contract, what, before, after }: PowerChange): Line[] {
  return [[...addressLine(data, address, contract), { text: ` ${what}`, mono: true, strong: true }], mono(before), mono(after)];
}
