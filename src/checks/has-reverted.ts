import type { SimulationResult } from "../outcome/simulation.ts";

/** Whether the route ended at a step that failed: what is missing after it says nothing then. */
export function hasReverted(simulation: SimulationResult): boolean {
  return simulation.steps.some(({ outcome }) => outcome === "reverted");
}
