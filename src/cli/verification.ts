import { Exit, LpctlError } from "../errors.ts";
import type { Verification } from "../lifecycle/verify-proposal.ts";
import type { Hex } from "../protocol/hex.ts";
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

/** LPCTL_PROPOSAL_EFFECTS_DIFFER (exit 7) where the chain changed otherwise than was simulated and approved; undefined where not. */
export function differentEffects(name: string, { equal, effectsHash }: Pick<Verification, "equal" | "effectsHash">, simulated: Hex): LpctlError | undefined {
  if (equal) return undefined;
  return new LpctlError({
    code: "LPCTL_PROPOSAL_EFFECTS_DIFFER",
    exit: Exit.different,
    message: `What ${name} did on chain is not what was simulated`,
    why: `effects ${effectsHash}, simulated ${simulated}`,
    next: "Find out why before anything else is changed",
  });
}
