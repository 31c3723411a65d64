import type { Outcome } from "../../src/cli/base-command.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { blockedError, exitOf, formatSteps, nextFor } from "../../src/cli/steps.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalStatusCommand extends ProjectCommand<typeof ProposalStatusCommand> {
  static override summary = "Where a proposal stands, step by step, read from the chain.";
  static override description = "Exit code 0 when everything is done, 5 while signatures, time or a transaction are missing, 3 when it can never happen any more.";
  static override args = proposalArgs;
  static override examples = ["<%= config.bin %> proposal status 1"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { readStatus } = await import("../../src/lifecycle/status/proposal-status.ts");
    const status = await readStatus(project, stored);
    return {
      result: status,
      text: () => [`${stored.name}  ${status.title}`, "", formatSteps(status.steps)].join("\n"),
      exit: exitOf(status.steps),
      next: nextFor(shortName(stored.name), status.steps),
      failure: blockedError(stored.name, status.steps),
    };
  }
}
