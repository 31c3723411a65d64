import type { Check } from "./check.ts";

/**
 * Carrying out a proposal may raise a Safe's nonce. Anything else of its own storage (singleton, owners,
 * threshold, modules, guard) changes only where an intent says so; that is how a Safe is taken over.
 */
export const safeUntouched: Check = (_proposal, simulation, context) =>
  simulation.changes
    .filter((change) => change.kind === "storage" && context.safes.has(change.address) && change.path !== "nonce")
    .map((change) => ({
      severity: "refuse",
      code: "safe-storage-changed",
      title: `The Safe ${change.address} itself changes: ${change.path ?? change.slot}`,
      detail: `${change.beforeText ?? change.before} becomes ${change.afterText ?? change.after}`,
    }));
