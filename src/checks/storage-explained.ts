import type { Check } from "./check.ts";

/** Every changed slot has a name, or the signer is told which one has not. */
export const storageExplained: Check = (_proposal, simulation) =>
  simulation.changes
    .filter((change) => change.kind === "storage" && change.path === undefined)
    .map((change) => ({
      severity: "warning",
      code: "storage-unexplained",
      title: `A storage slot of ${change.contract ?? change.address} changes that no known layout explains`,
      detail: `${change.address} slot ${change.slot}: ${change.before} becomes ${change.after}`,
    }));
