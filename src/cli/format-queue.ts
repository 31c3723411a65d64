import { stripVTControlCharacters } from "node:util";
import type { QueueOutcome, QueuedItem } from "../lifecycle/simulate-queue.ts";
import { printable } from "../protocol/printable.ts";
import { fold } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

/** One block for each item in the order of the run, then what concerns several. */
export function formatQueue(queue: QueueOutcome): string {
  const style = styleFor("stdout");
  if (queue.items.length + queue.stuck.length === 0) return "Nothing is pending";
  const warning = style.yellow(symbols.warning);
  return [
    ...queue.items.map((item, index) => formatItem(item, index + 1)),
    ...queue.conflicts.map(({ contract, path, writers }) =>
      `${warning} ${fold(`${printable(`${contract}.${path}`)} is written more than once, the last one stays: ${writers.map(({ name, after }) => `${name} (${printable(after)})`).join(", ")}`, 2)}`,
    ),
    ...queue.gaps.map(({ safe, nonce }) => `${warning} ${fold(`nobody here knows the transaction with nonce ${nonce} of the Safe ${safe}, which has to come first`, 2)}`),
    ...queue.stuck.map(({ name, why }) => `${style.red(symbols.failed)} ${fold(`${name} was not run, because it can never happen: ${printable(why)}`, 2)}`),
  ].join("\n");
}

function formatItem(item: QueuedItem, place: number): string {
  const style = styleFor("stdout");
  const mark = item.outcome === "success" ? style.green(symbols.done) : style.red(symbols.failed);
  const nonce = item.safeNonce === undefined ? "" : `, Safe nonce ${item.safeNonce}`;
  const head = `${mark} ${place}. ${style.bold(item.name)}`;
  const title = fold(`${printable(item.title)}${nonce}`, 4);
  const isNarrow = process.stdout.isTTY && stripVTControlCharacters(head).length + 2 + title.length > process.stdout.columns;
  const lines = [
    ...(item.outcome === "reverted" ? [`reverts: ${printable(item.revertReason ?? "without a reason")}`] : []),
    ...(item.outcome !== item.alone ? [`by itself it ${item.alone === "success" ? "succeeds: it depends on what comes before" : "reverts: it needs what comes before"}`] : []),
    ...item.unmet.map((label) => `no longer as it was when prepared: ${printable(label)}`),
    ...item.differences.map(({ contract, path, alone, inQueue, writtenBy }) =>
      `${printable(`${contract}.${path}`)} becomes ${printable(inQueue ?? "nothing new")}, by itself ${printable(alone ?? "nothing new")}${writtenBy.length === 0 ? "" : ` (written before by ${writtenBy.join(", ")})`}`,
    ),
  ];
  return [isNarrow ? `${head}\n    ${title}` : `${head}  ${title}`, ...lines.map((line) => `    ${fold(line, 6)}`)].join("\n");
}
