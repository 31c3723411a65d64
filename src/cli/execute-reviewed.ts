import type { Project } from "../inspection/project.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { confirmSending } from "./confirm-sending.ts";
import { formatFindings } from "./findings.ts";
import { formatChange } from "./format-proposal.ts";
import { writeReview } from "./output.ts";
import { writeProgress } from "./progress.ts";

/** How long `--wait` waits at most. */
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * Shows what a proposal changes and what is found out about it, has it confirmed, and takes the steps that can be taken now.
 * Nothing is sent before the answer.
 * @returns the transactions sent by this run
 */
export async function executeReviewed(project: Project, stored: StoredProposal, signer: TransactionSigner, flags: { wait: boolean; confirm: string | undefined }): Promise<string[]> {
  const { executeProposal } = await import("../lifecycle/execute-proposal.ts");
  const { reviewForSending } = await import("../lifecycle/review-for-sending.ts");
  writeReview(formatChange(stored.proposal, "stderr"));
  const findings = await reviewForSending(project, stored);
  if (findings.length > 0) writeReview(formatFindings(findings, "stderr"));
  await confirmSending(project, `Execute "${stored.proposal.title}" as ${signer.address}`, flags.confirm);
  const executed = await executeProposal(project, stored, {
    signer,
    waitMs: flags.wait ? LONGEST_WAIT_MS : undefined,
    onProgress: ({ step, what, detail }) => writeProgress(`${what}: ${step}${detail === undefined ? "" : ` (${detail})`}`),
  });
  return executed.flatMap((step) => step.sent);
}
