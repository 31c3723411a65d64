import type { CheckpointCost, CheckpointPlan } from "../lifecycle/votes/checkpoint.ts";
import { formatHuman } from "../protocol/units.ts";
import { plural } from "../protocol/plural.ts";

const MOST_SHOWN = 20;

/** Who gets votes, from when on, and what it costs. */
export function formatCheckpoints({ accounts, known, operations, isBundled, countsFromRound }: CheckpointPlan, { gas, costWei }: CheckpointCost): string {
  const rest = accounts.length - MOST_SHOWN;
  return [
    `${plural(accounts.length, "account")} with stake and no votes:`,
    ...accounts.slice(0, MOST_SHOWN).map((account) => `  ${account}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(known.length > 0 ? [`${known.length} of those named have votes already.`] : []),
    `${plural(operations.length, "transaction")}${isBundled ? " through Multicall3" : ""}, ${gas} gas, ${formatHuman(costWei, "wei-eth")} at the present base fee.`,
    `They vote where the snapshot is in round ${countsFromRound} or later.`,
  ].join("\n");
}
