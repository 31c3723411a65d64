import type { StepStatus } from "./proposal-status.ts";

/** The step everything waits for, or undefined when all are done. */
export function openStep(steps: readonly StepStatus[]): StepStatus | undefined {
  return steps.find(({ state }) => state.state !== "done");
}
