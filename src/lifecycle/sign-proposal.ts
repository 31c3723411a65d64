import { beforeActing } from "../checks/before-acting.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { shortName } from "../proposal/short-name.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { HashAgreement } from "../safe/agree.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { mergeIntoFile } from "../safe/merge-into-file.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { assessProposal, requireAccepted } from "./assess-proposal.ts";
import { checkRecord } from "./kept-report.ts";
import { planStored } from "./plan.ts";
import type { Project } from "../inspection/project.ts";
import { loadProposalEffects } from "./records.ts";
import { prepareRecord, type Proposed } from "./propose.ts";
import { bundlePath, prepareSafeBundle, requireNotBlocked, requireOwner, signBundle } from "./safe/safe-bundle.ts";

export interface SigningReview {
  proposed: Proposed;
  bundle: SafeBundle;
  safe: SafeFacts;
  /** Who gave the hash that is signed. */
  agreed: HashAgreement["agreed"];
  /** The user's list of what their keys have signed. */
  ledger: string | undefined;
  /** Writes the report and the simulation. Signing does it too; before, only for a person who wants to read them. */
  save: () => Promise<void>;
}

/**
 * Everything a signer sees before signing, made anew on this machine: calls derived from the intents, sources compiled
 * and compared, the Safe's own transaction simulated, the hash agreed on by every implementation at hand. Writes nothing.
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS; LPCTL_PROPOSAL_NOTHING_TO_SIGN
 */
export async function reviewForSigning(project: Project, stored: StoredProposal, producedBy: string): Promise<SigningReview> {
  const assessment = await assessProposal({ ...project, policy: beforeActing(project.policy) }, stored.proposal, stored.name, await loadProposalEffects(stored));
  const step = assessment.plan.steps.find(({ kind }) => kind === "safe");
  if (step === undefined) {
    if (assessment.plan.steps.some(({ kind }) => kind === "vote")) throw forVoters(stored);
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_NOTHING_TO_SIGN",
      exit: Exit.usage,
      message: `No Safe stands between ${stored.name} and the chain, so there is nothing to sign`,
      next: `lpctl proposal execute ${stored.name} --key NAME`,
    });
  }
  // The assessment knows nothing of the Safe transaction that lies beside the proposal, and its nonce may be used.
  const { steps } = await planStored(project.rpc, stored);
  const state = await (steps.find(({ kind }) => kind === "safe") ?? step).state(project.rpc);
  if (state.state === "done") {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_NOTHING_TO_SIGN",
      exit: Exit.usage,
      message: `The Safe has already executed its part of ${stored.name}`,
      next: `lpctl proposal status ${stored.name}`,
    });
  }
  requireNotBlocked(stored, state);
  requireAccepted(assessment);
  const { bundle, safe, agreed } = await prepareSafeBundle(project, stored, step, { cast: true });
  const record = await prepareRecord(project, stored, assessment, producedBy);
  // Whoever read an altered report beside the proposal must hear of it before signing.
  requireAccepted({ ...assessment, findings: await checkRecord(stored, record.proposed.report, project.policy) });
  return { bundle, safe, agreed, ledger: project.ledger, ...record };
}

/**
 * Signs what was reviewed and keeps the signature, with the review, beside the proposal. Signing twice changes nothing.
 * @param key as the person named it, for their list of what it signed
 */
export async function signReviewed(review: SigningReview, stored: StoredProposal, signer: Signer, key?: string): Promise<SafeBundle> {
  const { bundle, safe, ledger } = review;
  requireOwner(signer.address, safe.address, safe.owners);
  const signed = await signBundle(bundle, safe.owners, signer, { ledger, key, genesisHash: stored.proposal.genesisHash });
  await review.save();
  // Somebody else may have signed while this person was reading.
  return mergeIntoFile(bundlePath(stored), signed);
}

function forVoters({ name, proposal }: StoredProposal): LpctlError {
  const governor = proposal.authorities.find(({ kind }) => kind === "vote-governor")?.address ?? "";
  return new LpctlError({
    code: "LPCTL_PROPOSAL_NOTHING_TO_SIGN",
    exit: Exit.usage,
    message: `Voters decide about ${name}, not signers, so there is nothing to sign`,
    why: `its contracts obey what is voted for in the governor ${governor}`,
    next: `lpctl proposal status ${shortName(name)}; to put it to the vote: lpctl vote create ${shortName(name)} --key NAME`,
  });
}
