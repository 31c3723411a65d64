import type { Check } from "./check.ts";

/** Whatever reverts on a fork would revert for real, after people have signed. */
export const simulationSucceeds: Check = (_proposal, simulation) =>
  simulation.steps
    .filter((step) => step.outcome === "reverted")
    .map((step) => ({
      severity: "refuse",
      code: "simulation-reverted",
      title: `"${step.title}" reverts`,
      detail: step.revertReason,
    }));
