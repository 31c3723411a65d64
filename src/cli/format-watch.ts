import type { WatchEvent } from "../lifecycle/status/watch-proposal.ts";
import { printable } from "../protocol/printable.ts";
import { styleFor, symbols } from "./style.ts";

/** What one look found that the look before did not, a line each. */
export function formatWatchEvent({ block, state, drift, findings, trouble }: WatchEvent, stream: "stdout" | "stderr"): string {
  const style = styleFor(stream);
  const warning = style.yellow(symbols.warning);
  const lines = [
    ...(state === undefined ? [] : [`${symbols.running} ${printable(state)}`]),
    ...drift.map((line) => `${warning} drifted: ${printable(line)}`),
    ...findings.map((line) => `${warning} ${printable(line)}`),
    ...(trouble === undefined ? [] : [`${style.red(symbols.failed)} this look failed: ${printable(trouble)}`]),
  ];
  return lines.map((line) => `block ${block}  ${line}`).join("\n");
}
