import type { Project } from "../inspection/project.ts";
import type { StepStatus } from "../lifecycle/status/proposal-status.ts";
import type { Verification } from "../lifecycle/verify-proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Outcome } from "./base-command.ts";
import { formatSteps } from "./steps.ts";
import { differentEffects, formatVerification } from "./verification.ts";

/** How a proposal ends whose last step is done: its steps, and what happened on chain held against what was simulated. */
export async function compareExecuted(project: Project, stored: StoredProposal, steps: readonly StepStatus[]): Promise<Pick<Outcome, "text" | "failure"> & { verification: Verification | null }> {
  const { loadFullSimulation } = await import("../lifecycle/records.ts");
  const simulation = await loadFullSimulation(stored);
  if (simulation === undefined) return { verification: null, text: () => `${formatSteps(steps)}\nNot compared: no simulation was kept` };
  const { verifyProposal } = await import("../lifecycle/verify-proposal.ts");
  const verification = await verifyProposal(project, stored, simulation);
  return {
    verification,
    text: () => [formatSteps(steps), "", formatVerification(verification)].join("\n"),
    failure: differentEffects(stored.name, verification, simulation.effectsHash),
  };
}
