import { formatEther } from "ethers/utils";
import type { Cost, Preparation } from "../handover/prepare/review-preparation.ts";
import { printable } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { styleFor } from "./style.ts";

export interface ShownPreparation {
  preparation: Preparation;
  cost: Cost;
  /** Where it is written down; undefined while nothing is. */
  path: string | undefined;
}

/** What is deployed, under which rules, and what it costs. */
export function formatPreparations(shown: readonly ShownPreparation[], to: "stdout" | "stderr"): string {
  const { bold } = styleFor(to);
  return shown
    .flatMap(({ preparation, cost, path }) => {
      const { prepared, planned, rules, remarks, isBegun } = preparation;
      const { owner, veto } = prepared;
      const done = path !== undefined;
      return [
        bold(done ? "Deployed, and byte for byte what its source compiles to" : isBegun ? "Missing still (an earlier run began it)" : "Missing, and to be deployed"),
        ...planned.contracts.map(({ name, address }) => `  ${name.padEnd(22)}${address}`),
        ...(owner === null ? [] : [`  ${"owner".padEnd(22)}${owner}`]),
        ...(rules.length === 0 ? [] : ["", bold("Rules")]),
        ...rules.map(({ word, value, parameter: { unit, meaning }, form }) => `  ${word.padEnd(18)}${formatHuman(value, unit).padEnd(12)}${form === undefined && !isBegun ? "  (usual)" : "         "}  ${meaning}`),
        ...(veto === null ? [] : [`  ${"guardian".padEnd(18)}${veto.guardian}, until ${new Date(Number(veto.expiresAtSeconds) * 1000).toISOString().slice(0, 10)}`]),
        ...remarks.map((remark) => `  ${remark}`),
        "",
        bold("Transactions"),
        ...planned.plan.transactions.map(({ title }, index) => `  ${(title.split("(")[0] ?? title).padEnd(30)}${preparation.gas[index] === 0n ? "sent before" : `${preparation.gas[index] ?? 0n} gas`}`),
        ...(done ? [] : [`  ${cost.gas} gas: ${formatEther(cost.expectedWei)} ETH at present fees, at most ${formatEther(cost.mostWei)} ETH`]),
        ...(planned.ownerCalls.length === 0 ? [] : ["", bold("Then, by the owner of the Controller: the first stage of the handover"), ...planned.ownerCalls.map(({ id }) => `  ${id.replace(":", " ")}`)]),
        "",
        ...(done ? [`Written down in ${printable(path)}`, ""] : []),
      ];
    })
    .join("\n")
    .trimEnd();
}

/** `--json` of one of them. */
export function preparationResult({ preparation, cost, path }: ShownPreparation): Record<string, unknown> {
  const { prepared, planned, isBegun, rules, remarks, gas } = preparation;
  return {
    kind: prepared.kind,
    isBegun,
    contracts: prepared.contracts,
    owner: prepared.owner,
    rules: rules.map(({ parameter, value, form }) => ({ parameter: parameter.id, value, text: formatHuman(value, parameter.unit), isUsual: form === undefined && !isBegun })),
    veto: prepared.veto,
    remarks,
    cost,
    transactions: planned.plan.transactions.map(({ id, title }, index) => ({ id, title, gas: gas[index] ?? 0n })),
    sent: prepared.transactions,
    ownerCalls: planned.ownerCalls.map(({ id, to, signature }) => ({ id, to, signature })),
    record: path ?? null,
  };
}
