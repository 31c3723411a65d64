import { beforeActing } from "../checks/before-acting.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../inspection/project.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { assessProposal, requireAccepted } from "./assess-proposal.ts";
import { planStored } from "./plan.ts";
import { loadProposalEffects } from "./records.ts";

/**
 * What a key's owner sees before confirming: a key that sends the calls itself is the only reviewer there is. Owners of a Safe
 * have reviewed when they signed, and what a key has begun was reviewed when it began: nothing then.
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS before anything is asked
 */
export async function reviewForSending(project: Project, stored: StoredProposal): Promise<Finding[]> {
  const { steps, begun } = await planStored(project.rpc, stored);
  if (begun || steps[0]?.kind !== "send" || (await steps[0].state(project.rpc)).state !== "ready") return [];
  const assessment = await assessProposal({ ...project, aftermath: false, policy: beforeActing(project.policy) }, stored.proposal, stored.name, await loadProposalEffects(stored));
  requireAccepted(assessment);
  return assessment.findings;
}
