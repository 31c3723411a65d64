import type { Verification } from "../lifecycle/verify-proposal.ts";
import { printable } from "../protocol/printable.ts";
import { describeDifferences } from "../simulation/effects/compare-effects.ts";
import { styleFor, symbols } from "./style.ts";

/** The comparison of what happened with what was simulated, for a terminal. */
export function formatVerification({ equal, postconditions, comparison, accrual, transactions, effectsHash }: Verification): string {
  const style = styleFor("stdout");
  return [
    equal
      ? `${style.green(symbols.done)} verified: the chain changed exactly as simulated`
      : `${style.red(symbols.failed)} different from the simulation`,
    `  effects       ${effectsHash}`,
    ...transactions.map((hash) => `  transaction   ${hash}`),
    ...postconditions.map(({ label, holds, actual, expect }) =>
      holds ? `  ${style.green(symbols.done)} ${label}` : `  ${style.red(symbols.failed)} ${label}: ${actual ?? "nothing"}, expected ${expect}`,
    ),
    ...describeDifferences(comparison).map((line) => `  ${symbols.failed} ${printable(line)}`),
    ...(accrual.length === 0 ? [] : [`  ${style.dim(`${accrual.length === 1 ? "one value" : `${accrual.length} values`} moved with time alone, which is no difference`)}`]),
  ].join("\n");
}
