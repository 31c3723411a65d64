import { sortFindings } from "../checks/all-checks.ts";
import { pollHeeded } from "../checks/poll-heeded.ts";
import { beforeActing } from "../checks/before-acting.ts";
import type { Project } from "../inspection/project.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { ReportData } from "../report/report-data.ts";
import { assessProposal, type Assessment } from "./assess-proposal.ts";
import { buildReportData } from "./build-report-data.ts";
import { checkRecord } from "./kept-report.ts";
import { loadProposalEffects } from "./records.ts";
import { loadSafeBundle } from "./safe/safe-bundle.ts";

/**
 * Assesses a proposal that has a folder, and holds what lies beside it against what is found now. Writes nothing. Gives
 * also the hashes that a signer compares, as they are now.
 * @param producedBy this version of lpctl, for the report that is compared
 */
export async function checkStored(project: Project, stored: StoredProposal, producedBy: string): Promise<Assessment & Pick<ReportData, "compare">> {
  const assessment = await assessProposal({ ...project, policy: beforeActing(project.policy) }, stored.proposal, stored.name, await loadProposalEffects(stored));
  // What a vote has still to decide refuses whoever acts; it makes no report untrue.
  const asReported: Assessment = { ...assessment, findings: assessment.findings.map((finding) => (pollHeeded.codes.includes(finding.code) ? { ...finding, severity: "info" } : finding)) };
  const fresh = await buildReportData(assessment.record.project, stored, asReported, await loadSafeBundle(stored), producedBy);
  return { ...assessment, compare: fresh.compare, findings: sortFindings([...assessment.findings, ...(await checkRecord(stored, fresh, project.policy))]) };
}
