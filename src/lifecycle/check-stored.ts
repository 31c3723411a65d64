import { sortFindings } from "../checks/all-checks.ts";
import type { Project } from "../inspection/project.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { assessProposal, type Assessment } from "./assess-proposal.ts";
import { buildReportData } from "./build-report-data.ts";
import { checkRecord } from "./kept-report.ts";
import { loadProposalEffects } from "./records.ts";
import { loadSafeBundle } from "./safe-bundle.ts";

/**
 * Assesses a proposal that has a folder, and holds what lies beside it against what is found now. Writes nothing.
 * @param producedBy this version of lpctl, for the report that is compared
 */
export async function checkStored(project: Project, stored: StoredProposal, producedBy: string): Promise<Assessment> {
  const assessment = await assessProposal(project, stored.proposal, stored.name, await loadProposalEffects(stored));
  const fresh = await buildReportData(assessment.record.project, stored, assessment, await loadSafeBundle(stored), producedBy);
  return { ...assessment, findings: sortFindings([...assessment.findings, ...(await checkRecord(stored, fresh))]) };
}
