import type { Verification } from "../lifecycle/verify-proposal.ts";
import type { StateChange } from "../simulation/result.ts";
import { styleFor, symbols } from "./style.ts";

/** The comparison of what happened with what was simulated, for a terminal. */
export function formatVerification({ equal, postconditions, comparison, transactions, effectsHash }: Verification): string {
  const style = styleFor("stdout");
  const place = ({ contract, address, path, slot }: StateChange): string => `${contract ?? address}.${path ?? slot ?? ""}`;
  return [
    equal
      ? `${style.green(symbols.done)} verified: the chain changed exactly as simulated`
      : `${style.red(symbols.failed)} different from the simulation`,
    `  effects       ${effectsHash}`,
    ...transactions.map((hash) => `  transaction   ${hash}`),
    ...postconditions.map(({ label, holds, actual, expect }) =>
      holds ? `  ${style.green(symbols.done)} ${label}` : `  ${style.red(symbols.failed)} ${label}: ${actual ?? "nothing"}, expected ${expect}`,
    ),
    ...comparison.missing.map((change) => `  ${symbols.failed} did not happen: ${place(change)}`),
    ...comparison.unexpected.map((change) => `  ${symbols.failed} was not simulated: ${place(change)}`),
    ...comparison.different.map(({ simulated, actual }) => `  ${symbols.failed} ${place(simulated)}: ${actual.after}, simulated ${simulated.after}`),
  ].join("\n");
}
