import type { Check } from "./check.ts";

/** Every changed slot has a name, or the signer is told which one has not. */
export const storageExplained: Check = {
  name: "storage-explained",
  codes: ["storage-unexplained"],
  explains:
    "A signer can judge a change only if it has a name. A slot that no layout explains may be a variable written by " +
    "assembly, a layout that is not the one on chain, or a door somebody leaves open.",
  find: (_proposal, simulation) =>
    simulation.changes
      .filter((change) => change.kind === "storage" && change.path === undefined)
      .map((change) => ({
        severity: "warning",
        code: "storage-unexplained",
        title: `A storage slot of ${change.contract ?? change.address} changes that no known layout explains`,
        detail: `${change.address} slot ${change.slot}: ${change.before} becomes ${change.after}`,
      })),
};
