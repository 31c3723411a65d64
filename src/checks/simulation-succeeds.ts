import type { Check } from "./check.ts";

/** Whatever reverts on a fork would revert for real, after people have signed. */
export const simulationSucceeds: Check = {
  name: "simulation-succeeds",
  codes: ["simulation-reverted"],
  explains:
    "The whole route runs on a fork first: every Safe, Governor and timelock on it, with its own code. What reverts " +
    "there would revert for real, after people have signed. A LIP-25 Governor gives no reason when a call of an " +
    "update fails, so the mistake is best found here.",
  find: (_proposal, simulation) =>
    simulation.steps
      .filter((step) => step.outcome === "reverted")
      .map((step) => ({
        severity: "refuse",
        code: "simulation-reverted",
        title: `"${step.title}" reverts`,
        detail: step.revertReason,
      })),
};
