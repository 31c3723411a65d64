import { beforeItIsKept } from "../checks/before-it-is-kept.ts";
import { canonicalHash } from "../proposal/canonical.ts";
import { withEffectsHash, type Proposal } from "../proposal/proposal.ts";
import { listProposals, nameFor, removeProposal, saveProposal, type StoredProposal } from "../proposal/store.ts";
import { replaceFile } from "../replace-file.ts";
import type { ReportData } from "../report/report-data.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { writeBundle } from "../safe/bundle-file.ts";
import { effectsOf, hashOfEffects, type Effect } from "../simulation/effects/effects.ts";
import { saveEffects } from "../simulation/effects/effects-file.ts";
import { hashEvidence, packEvidence } from "../simulation/evidence/evidence-file.ts";
import { assessProposal, requireAccepted, type Assessment } from "./assess-proposal.ts";
import { atOneBlock } from "./at-one-block.ts";
import { buildEvidence } from "./build-evidence.ts";
import { buildReportData } from "./build-report-data.ts";
import { createProposal, type ProposalRequest } from "./create-proposal.ts";
import { keepVotedEvidence } from "./keep-voted-evidence.ts";
import { planStored } from "./plan.ts";
import { readOwnProposals } from "./proposal-network.ts";
import type { Project } from "../inspection/project.ts";
import { EVIDENCE_FILE, loadProposalEffects, recordPaths, saveFullSimulation, saveReport } from "./records.ts";
import { bundlePath, prepareSafeBundle } from "./safe/safe-bundle.ts";

export interface Proposed {
  stored: StoredProposal;
  assessment: Assessment;
  bundle: SafeBundle | undefined;
  report: ReportData;
  /** Undefined after a dry run, which writes nothing. */
  reportPath: string | undefined;
}

export interface ProposeOptions {
  producedBy: string;
  /** Everything but writing: no folder, no Safe transaction. */
  dryRun: boolean;
  /** What the proposal may change, as people edited it; undefined: what it changes when it is prepared. */
  effects?: readonly Effect[] | undefined;
}

/**
 * From intents to a proposal that people can sign: calls derived, authority found, route simulated, checks run, report
 * written, Safe transaction prepared. A refusal leaves nothing behind.
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS and what createProposal throws
 */
export async function propose(given: Project, request: ProposalRequest, options: ProposeOptions): Promise<Proposed> {
  // One block for making it and for judging it, and nothing asked twice.
  const project = await atOneBlock(given);
  const created = await createProposal(project, request);
  const draft = withEffectsHash((await findSame(project, created)) ?? created);
  const drafted = await assessProposal({ ...project, policy: beforeItIsKept(project.policy) }, draft, await nameFor(project.folder, draft), options.effects);
  const effects = options.effects ?? effectsOf(drafted.simulation.changes);
  const proposal = withEffectsHash(draft, hashOfEffects(effects));
  const assessment = {
    ...drafted,
    name: await nameFor(project.folder, proposal),
    simulation: { ...drafted.simulation, proposalId: proposal.id },
    allowed: effects,
    findings: drafted.judge(proposal, effects),
  };
  requireAccepted(assessment);
  if (options.dryRun) {
    const stored = { proposal, folder: "", name: proposal.id.slice(0, 10) };
    const report = await buildReportData(assessment.record.project, stored, assessment, undefined, options.producedBy);
    // What was kept nowhere cannot be checked or shown again by its name.
    return { stored, assessment, bundle: undefined, report: { ...report, reproduce: [] }, reportPath: undefined };
  }
  const known = await listProposals(project.folder, project.network);
  const stored = await saveProposal(project.folder, proposal);
  try {
    await saveEffects(recordPaths(stored).effects, effects);
    return await record(given, stored, assessment, options.producedBy);
  } catch (error) {
    // A full disk, an RPC that died: half a proposal would take a number and a Safe nonce.
    if (known.every(({ name }) => name !== stored.name)) await removeProposal(stored);
    throw error;
  }
}

/** Writes what was learned beside the proposal, with the Safe transaction where the route has one. */
export async function record(
  project: Project,
  stored: StoredProposal,
  assessment: Assessment,
  producedBy: string,
): Promise<Proposed> {
  const prepared = await prepareRecord(project, stored, assessment, producedBy);
  await prepared.save();
  return prepared.proposed;
}

/** What `record` would write, and the function that writes it: for showing first what a refusal must leave no trace of. */
export async function prepareRecord(
  project: Project,
  stored: StoredProposal,
  assessment: Assessment,
  producedBy: string,
): Promise<{ proposed: Proposed; save: () => Promise<void> }> {
  const safeStep = assessment.plan.steps.find((step) => step.kind === "safe");
  const prepared = safeStep === undefined ? undefined : await prepareSafeBundle(project, stored, safeStep);
  const bundle = prepared?.bundle;
  const data = await buildReportData(assessment.record.project, stored, assessment, bundle, producedBy);
  // After the report: what it reads is part of the evidence.
  const evidence = hashEvidence(await buildEvidence({ stored, assessment, bundle, effects: await loadProposalEffects(stored), producedBy }));
  const report = { ...data, evidence: { file: EVIDENCE_FILE, hash: evidence.hash } };
  return {
    proposed: { stored, assessment, bundle, report, reportPath: recordPaths(stored).html },
    async save() {
      if (prepared?.isNew === true) await writeBundle(bundlePath(stored), prepared.bundle);
      if (assessment.states.every(({ state }) => state !== "done")) await saveFullSimulation(stored, assessment.simulation);
      await saveReport(stored, report);
      await keepVotedEvidence(stored, assessment.poll);
      await replaceFile(recordPaths(stored).evidence, await packEvidence(evidence.text, report));
    },
  };
}

/**
 * Preparing the same change on the same state again gives the proposal that is already there (when its effects are
 * the same as well), unless that one is over:
 * executed already (and since undone), or never to be executed, its Safe nonce used by another transaction.
 */
async function findSame(project: Project, proposal: Proposal): Promise<Proposal | undefined> {
  const identity = ({ id: _id, sinceBlock: _since, effectsHash: _effects, ...rest }: Proposal): string => canonicalHash(rest);
  const wanted = identity(proposal);
  const stored = await readOwnProposals(project);
  for (const candidate of stored.filter((one) => identity(one.proposal) === wanted)) {
    const { steps } = await planStored(project.rpc, candidate);
    const states = await Promise.all(steps.map((step) => step.state(project.rpc)));
    const isOpen = states.every(({ state }) => state !== "blocked") && states.some(({ state }) => state !== "done");
    if (isOpen) return candidate.proposal;
  }
  return undefined;
}
