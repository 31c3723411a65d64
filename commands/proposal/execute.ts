import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { compareExecuted } from "../../src/cli/compare-executed.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { formatChange } from "../../src/cli/format-proposal.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { formatFindings } from "../../src/cli/findings.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { exitOf, formatSteps, isForVoters, nextFor } from "../../src/cli/steps.ts";
import { openStep } from "../../src/lifecycle/status/open-step.ts";
import { shortName } from "../../src/proposal/short-name.ts";

const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

export default class ProposalExecute extends ProjectCommand<typeof ProposalExecute> {
  static override summary = "Take every step that can be taken now; when all are done, verify.";
  static override description =
    "Simulates and checks once more before the first transaction. Each transaction is on disk before it is sent, so a killed command " +
    "run again goes on and never sends twice. When the last step is done, what happened on chain is compared with what was simulated: " +
    "exit code 7 if they differ.";
  static override args = proposalArgs;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    wait: Flags.boolean({ summary: "Wait for delays to pass instead of stopping there." }),
  };
  static override examples = ["<%= config.bin %> proposal execute 1 --key operator", "<%= config.bin %> proposal execute 1 --key operator --wait"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const stored = await openProposal(project, this.args.proposal);
    const { executeProposal } = await import("../../src/lifecycle/execute-proposal.ts");
    const { readStatus } = await import("../../src/lifecycle/status/proposal-status.ts");
    const { reviewForSending } = await import("../../src/lifecycle/review-for-sending.ts");
    const name = shortName(stored.name);
    const before = await readStatus(project, stored);
    let sent: string[] = [];
    const open = openStep(before.steps);
    // A vote that runs can be waited for; one that is still to be created, by nobody who only waits.
    const isInOtherHands = isForVoters(before.steps) && !(this.flags.wait && open?.kind === "vote");
    if (open !== undefined && !isInOtherHands) {
      const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
      writeReview(formatChange(stored.proposal, "stderr"));
      const findings = await reviewForSending(project, stored);
      if (findings.length > 0) writeReview(formatFindings(findings, "stderr"));
      await confirmSending(project, `Execute "${before.title}" as ${signer.address}`, this.flags.confirm);
      const executed = await executeProposal(project, stored, {
        signer,
        waitMs: this.flags.wait ? LONGEST_WAIT_MS : undefined,
        onProgress: ({ step, what, detail }) => writeProgress(`${what}: ${step}${detail === undefined ? "" : ` (${detail})`}`),
      });
      sent = executed.flatMap((step) => step.sent);
    }
    const { steps } = await readStatus(project, stored);
    if (openStep(steps) !== undefined) {
      return {
        result: { name: stored.name, steps, sent, verification: null },
        text: () => formatSteps(steps),
        exit: exitOf(steps),
        next: nextFor(name, steps),
      };
    }
    const { verification, ...compared } = await compareExecuted(project, stored, steps);
    return { result: { name: stored.name, steps, sent, verification }, ...compared };
  }
}
