import { LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";

export default class ProposalSimulate extends ProjectCommand<typeof ProposalSimulate> {
  static override summary = "Run a proposal through its whole route on a fork, and every check; write the report again.";
  static override args = proposalArgs;
  static override flags = aftermathFlags;
  static override examples = ["<%= config.bin %> proposal simulate 1"];

  protected override async execute(): Promise<Outcome> {
    const opened = await this.openProject("read");
    const stored = await openProposal(opened, this.args.proposal);
    const { atOneBlock } = await import("../../src/lifecycle/at-one-block.ts");
    const { assessProposal, requireAccepted } = await import("../../src/lifecycle/assess-proposal.ts");
    const { loadProposalEffects } = await import("../../src/lifecycle/records.ts");
    const { record } = await import("../../src/lifecycle/propose.ts");
    const { requireOpen } = await import("../../src/lifecycle/status/proposal-status.ts");
    const project = { ...(await atOneBlock(opened)), aftermath: this.flags.aftermath };
    await requireOpen(project, stored, "simulate");
    const assessment = await assessProposal(project, stored.proposal, stored.name, await loadProposalEffects(stored));
    const outcome = proposalOutcome(await record(project, stored, assessment, producedBy()));
    try {
      requireAccepted(assessment);
      return outcome;
    } catch (error) {
      if (error instanceof LpctlError) return { ...outcome, failure: error, next: undefined };
      throw error;
    }
  }
}
