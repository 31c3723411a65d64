import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";

export default class ProposalCancel extends ProjectCommand<typeof ProposalCancel> {
  static override summary = "Call off a proposal: by an update's cancellation, or by using up its Safe nonce.";
  static override description =
    "What is staged in a Governor or scheduled in a timelock is cancelled by another proposal, which this makes. A Safe transaction " +
    "with signatures stays valid until its nonce is used; for that, this prepares an empty transaction with the same nonce.";
  static override args = proposalArgs;
  static override examples = ["<%= config.bin %> proposal cancel 1"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const stored = await openProposal(project, this.args.proposal);
    const { cancelProposal } = await import("../../src/lifecycle/cancel-proposal.ts");
    const cancelled = await cancelProposal(project, stored, producedBy());
    if (cancelled.kind === "proposed") return proposalOutcome(cancelled.proposed);
    return {
      result: cancelled,
      text: cancelled.text,
      next: cancelled.kind === "rejection" ? `lpctl safe sign ${cancelled.path} --key NAME` : undefined,
    };
  }
}
