import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalCheck extends ProjectCommand<typeof ProposalCheck> {
  static override summary = "Run every check on a proposal again, or explain one.";
  static override description =
    "Compiles and compares the sources again, simulates the whole route on a fork, asks every check, and holds the report and " +
    "VALIDATION.md beside the proposal against what comes out. Signs, sends and writes nothing. Exit code 3 when a check refuses. With --explain it says what a check protects from and needs no proposal.";
  static override args = { proposal: Args.string({ description: proposalArgs.proposal.description ?? "" }) };
  static override flags = {
    explain: Flags.string({ helpValue: "CHECK", summary: "Say what this check protects from; the code of a finding does too." }),
  };
  static override examples = ["<%= config.bin %> proposal check 1", "<%= config.bin %> proposal check --explain storage-layout"];

  protected override async execute(): Promise<Outcome> {
    const { explain } = this.flags;
    const { proposal } = this.args;
    if (explain !== undefined && proposal === undefined) return explanation(explain);
    if (explain === undefined && proposal !== undefined) return this.check(proposal);
    throw new LpctlError({
      code: "LPCTL_USAGE_NO_PROPOSAL",
      exit: Exit.usage,
      message: proposal === undefined ? "Which proposal?" : "Give a proposal or --explain, not both",
      next: "lpctl proposal check 1, or lpctl proposal check --explain CHECK",
    });
  }

  private async check(reference: string): Promise<Outcome> {
    const opened = await this.openProject("read");
    const stored = await openProposal(opened, reference);
    const [{ atOneBlock }, { requireAccepted }, { checkStored }, { requireOpen }, { groupFindings }, { formatChecks, formatCompare }] = await Promise.all([
      import("../../src/lifecycle/at-one-block.ts"),
      import("../../src/lifecycle/assess-proposal.ts"),
      import("../../src/lifecycle/check-stored.ts"),
      import("../../src/lifecycle/status/proposal-status.ts"),
      import("../../src/checks/group-findings.ts"),
      import("../../src/cli/format-checks.ts"),
    ]);
    const project = await atOneBlock(opened);
    await requireOpen(project, stored, "check");
    const assessment = await checkStored(project, stored, producedBy());
    const checks = groupFindings(assessment.findings);
    const ok = checks.every(({ verdict }) => verdict !== "refused");
    const outcome: Outcome = {
      result: { proposal: { name: stored.name, id: stored.proposal.id }, ok, compare: assessment.compare.map(({ label, value }) => ({ label, value })), checks },
      text: () => `${formatChecks(checks)}\n\n${formatCompare(assessment.compare)}`,
      next: `lpctl proposal report ${shortName(stored.name)}`,
    };
    try {
      requireAccepted(assessment);
      return outcome;
    } catch (error) {
      if (error instanceof LpctlError) return { ...outcome, failure: error, next: undefined };
      throw error;
    }
  }
}

async function explanation(name: string): Promise<Outcome> {
  const [{ findCheck }, { formatExplanation }] = await Promise.all([import("../../src/checks/find-check.ts"), import("../../src/cli/format-checks.ts")]);
  const check = findCheck(name);
  return {
    result: { check: check.name, explains: check.explains, codes: check.codes },
    text: () => formatExplanation(check),
  };
}
