import { formatUnits } from "ethers/utils";
import type { DryRunReport } from "../migration/run/dry-run.ts";
import type { MigrationRun } from "../migration/run/migration-run.ts";
import { plural } from "../protocol/plural.ts";
import { printable } from "../protocol/printable.ts";
import { utcTime } from "../report/utc-time.ts";
import { styleFor } from "./style.ts";
import { formatTable } from "./table.ts";

/** What a person agrees to: what it is for, how much it is, and where it stands. */
export function formatPlan(run: MigrationRun, stream: "stdout" | "stderr"): string {
  const style = styleFor(stream);
  const { plan, script } = run;
  const { state } = run.journal;
  const begun = state.plan === undefined ? "not begun" : `${state.done} of ${plural(plan.steps, "transaction")} done, ${state.inFlight} in flight`;
  const more = plan.operations > plan.first.length ? [`  … and ${plan.operations - plan.first.length} more`] : [];
  return [
    style.bold(`${script.name}: ${printable(script.migration.title)}`),
    `  ${plural(plan.operations, "operation")}, ${begun}`,
    `  plan ${plan.operationsHash}`,
    ...plan.first.map(({ title }, at) => `  ${String(at + 1).padStart(3)}  ${title}`),
    ...more,
  ].join("\n");
}

/** The report of a dry run. */
export function formatDryRun(report: DryRunReport): string {
  const { operations, shown, skipped, transactions, proposals, gasUsed, senderGas, gasPriceWei, costWei, senderBalanceWei, differences, forkedAt } = report;
  const eth = (wei: bigint): string => `${formatUnits(wei, 18)} ETH`;
  const enough = senderBalanceWei >= costWei ? "" : ", which is not enough";
  return [
    `${report.migration}: ${printable(report.title)}`,
    `Tried on a fork at block ${forkedAt}: ${plural(operations, "operation")}, ${plural(transactions, "transaction")} of the sender, ${plural(proposals, "proposal")}, ${skipped} on the chain already.`,
    "",
    formatTable(shown, [
      { header: "OPERATION", value: ({ title }) => title },
      { header: "OUTCOME", value: ({ outcome, readyAtSeconds }) => (readyAtSeconds === null ? outcome : `${outcome}, not before ${utcTime(readyAtSeconds)}`) },
      { header: "BY", value: ({ by, through }) => (through.length === 0 ? by : through.join(" <- ")) },
      { header: "GAS", value: (row) => row.gasUsed.toString(), align: "right" },
    ]),
    ...(operations > shown.length ? [`… and ${operations - shown.length} more`] : []),
    "",
    `Gas: ${gasUsed}, of which the sender's ${senderGas}; at ${formatUnits(gasPriceWei, 9)} gwei ${eth(costWei)}. The sender has ${eth(senderBalanceWei)}${enough}.`,
    ...(differences.length === 0 ? ["Verified: everything is as the script says it should be."] : ["Not as it should be:", ...differences.map((line) => `  ${printable(line)}`)]),
    "Dry run: nothing was written or sent",
  ].join("\n");
}
