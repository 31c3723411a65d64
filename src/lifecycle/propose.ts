import { canonicalHash } from "../proposal/canonical.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { listProposals, nameFor, removeProposal, saveProposal, type StoredProposal } from "../proposal/store.ts";
import type { ReportData } from "../report/report-data.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { writeBundle } from "../safe/bundle-file.ts";
import { assessProposal, requireAccepted, type Assessment } from "./assess-proposal.ts";
import { buildReportData } from "./build-report-data.ts";
import { createProposal, type ProposalRequest } from "./create-proposal.ts";
import { planStored } from "./plan.ts";
import { readOwnProposals } from "./proposal-network.ts";
import type { Project } from "../inspection/project.ts";
import { recordPaths, saveFullSimulation, saveReport } from "./records.ts";
import { bundlePath, prepareSafeBundle } from "./safe-bundle.ts";

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
}

/**
 * From intents to a proposal that people can sign: calls derived, authority found, route simulated, checks run, report
 * written, Safe transaction prepared. A refusal leaves nothing behind.
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS and what createProposal throws
 */
export async function propose(project: Project, request: ProposalRequest, options: ProposeOptions): Promise<Proposed> {
  const created = await createProposal(project, request);
  const proposal = (await findSame(project, created)) ?? created;
  const assessment = await assessProposal(project, proposal, await nameFor(project.folder, proposal));
  requireAccepted(assessment);
  if (options.dryRun) {
    const stored = { proposal, folder: "", name: proposal.id.slice(0, 10) };
    const report = await buildReportData(project, stored, assessment, undefined, options.producedBy);
    return { stored, assessment, bundle: undefined, report, reportPath: undefined };
  }
  const known = await listProposals(project.folder, project.network);
  const stored = await saveProposal(project.folder, proposal);
  try {
    return await record(project, stored, assessment, options.producedBy);
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
  const report = await buildReportData(project, stored, assessment, bundle, producedBy);
  const states = await Promise.all(assessment.plan.steps.map((step) => step.state(project.rpc)));
  return {
    proposed: { stored, assessment, bundle, report, reportPath: recordPaths(stored).html },
    async save() {
      if (prepared?.isNew === true) await writeBundle(bundlePath(stored), prepared.bundle);
      if (states.every(({ state }) => state !== "done")) await saveFullSimulation(stored, assessment.simulation);
      await saveReport(stored, report);
    },
  };
}

/**
 * Preparing the same change on the same state again gives the proposal that is already there, unless that one is over:
 * executed already (and since undone), or never to be executed, its Safe nonce used by another transaction.
 */
async function findSame(project: Project, proposal: Proposal): Promise<Proposal | undefined> {
  const identity = ({ id: _id, sinceBlock: _since, ...rest }: Proposal): string => canonicalHash(rest);
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
