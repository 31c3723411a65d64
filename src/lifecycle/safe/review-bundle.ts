import { readAuthority } from "../../authority/climb.ts";
import { beforeActing } from "../../checks/before-acting.ts";
import type { Project } from "../../inspection/project.ts";
import type { Signer } from "../../keys/signer.ts";
import { readsToPin } from "../../proposal/conditions.ts";
import type { Intent } from "../../proposal/intent.ts";
import { makeProposal, withEffectsHash, type Proposal } from "../../proposal/proposal.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";
import type { ReportData } from "../../report/report-data.ts";
import type { HashAgreement } from "../../safe/agree.ts";
import { mergeBundles, type SafeBundle } from "../../safe/bundle.ts";
import { unpackCalls } from "../../safe/multisend.ts";
import { effectsOf, hashOfEffects } from "../../simulation/effects/effects.ts";
import { assessProposal, requireAccepted } from "../assess-proposal.ts";
import { buildReportData } from "../build-report-data.ts";
import { requireOnlineAgreement } from "./check-bundle.ts";
import { pathToPeople } from "../../authority/path-to-people.ts";
import { pin } from "../observe.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { requireOwner, selfCallsOf, signBundle } from "./safe-bundle.ts";
import { prepareApprovalLike, signApproval, type ApprovalReview } from "../approvals/sign-approval.ts";
import { reviewForSigning, signReviewed } from "../sign-proposal.ts";

export interface BundleReview {
  /** The proposal in this folder that the transaction carries out: its calls were derived again, and are these. */
  stored: StoredProposal | undefined;
  /** When it is not the proposal's own, but the approval of it by a Safe behind the proposal's. */
  approval?: ApprovalReview | undefined;
  report: ReportData;
  agreed: HashAgreement["agreed"];
  owners: readonly Address[];
  /** The bundle with one more signature; the proposal beside which one lies gets it too. */
  sign(signer: Signer, key: string | undefined): Promise<SafeBundle>;
}

/**
 * What a signer sees of a Safe transaction in a file. One that carries out a proposal of this folder is reviewed as that:
 * derived again from its intents, and it must be these bytes. Any other is reviewed as the calls it makes: simulated through the
 * Safe's own execTransaction, changes named, every check run. Writes nothing.
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS; LPCTL_BUNDLE_DIFFERENT when the proposal's own transaction is another one; and what
 * `requireOnlineAgreement` throws
 */
export async function reviewBundle(project: Project, bundle: SafeBundle, producedBy: string): Promise<BundleReview> {
  const stored = (await readOwnProposals(project)).find(({ proposal }) => proposal.id === bundle.proposalId);
  return stored === undefined ? reviewAsCalls(project, bundle, producedBy) : reviewAsProposal(project, stored, bundle, producedBy);
}

async function reviewAsProposal(project: Project, stored: StoredProposal, bundle: SafeBundle, producedBy: string): Promise<BundleReview> {
  // First what is wrong with the file itself: it says more than that the proposal's own transaction is another one.
  await requireOnlineAgreement(project, bundle, { selfCalls: selfCallsOf(stored.proposal, bundle.safe.address) });
  const review = await reviewForSigning(project, stored, producedBy);
  const approval = await prepareApprovalLike(project, stored, review, bundle);
  if (approval !== undefined) {
    const last = approval.links.at(-1) ?? approval.links[0];
    return {
      stored,
      approval,
      report: review.proposed.report,
      agreed: approval.agreed,
      owners: last.safe.owners,
      sign: async (signer, key) => mergeBundles(bundle, await signApproval(review, approval, stored, signer, key)),
    };
  }
  // Of one transaction, or it is refused.
  mergeBundles(review.bundle, bundle);
  return {
    stored,
    report: review.proposed.report,
    agreed: review.agreed,
    owners: review.safe.owners,
    sign: async (signer, key) => mergeBundles(bundle, await signReviewed(review, stored, signer, key)),
  };
}

async function reviewAsCalls(given: Project, bundle: SafeBundle, producedBy: string): Promise<BundleReview> {
  const { owners, agreed } = await requireOnlineAgreement(given, bundle, { cast: true });
  const project = { ...given, acting: bundle.safe.address, policy: beforeActing(given.policy) };
  const draft = await draftProposal(project, bundle);
  const drafted = await assessProposal(project, draft);
  // Nobody said before what it may change; what it does change is what the signer is shown.
  const effects = effectsOf(drafted.simulation.changes);
  const proposal = withEffectsHash(draft, hashOfEffects(effects));
  const assessment = { ...drafted, simulation: { ...drafted.simulation, proposalId: proposal.id }, allowed: effects, findings: drafted.judge(proposal, effects) };
  requireAccepted(assessment);
  const stored = { proposal, folder: "", name: bundle.hashes.safeTxHash.slice(0, 10) };
  const report = await buildReportData(assessment.record.project, stored, assessment, bundle, producedBy);
  return {
    stored: undefined,
    report: { ...report, reproduce: [] },
    agreed,
    owners,
    sign: async (signer, key) => {
      requireOwner(signer.address, bundle.safe.address, owners);
      return signBundle(bundle, owners, signer, { ledger: project.ledger, key, genesisHash: proposal.genesisHash });
    },
  };
}

/** A proposal of plain calls, kept nowhere: what this transaction would be had it come from one. */
async function draftProposal(project: Project, bundle: SafeBundle): Promise<Proposal> {
  const { rpc } = project;
  const intents: Intent[] = [{ kind: "calls", calls: unpackCalls(bundle.transaction).map(({ to, valueWei, data }) => ({ to, valueWei, data })) }];
  const [authority, preconditions, sinceBlock, genesis] = await Promise.all([readAuthority(rpc, bundle.safe.address), pin(rpc, readsToPin(intents), new Set()), rpc.blockNumber(), rpc.block(0n)]);
  return makeProposal({
    network: project.network,
    chainId: project.chainId,
    genesisHash: genesis.hash,
    title: `Safe transaction with nonce ${bundle.transaction.nonce}`,
    intents,
    authorities: pathToPeople(authority, []),
    route: { salt: 0n, delayBlocks: 0n, delaySeconds: 0n },
    sinceBlock,
    preconditions,
    code: [],
  });
}
