import type { Outcome } from "../../src/cli/base-command.ts";
import { formatProposal } from "../../src/cli/format-proposal.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalShow extends ProjectCommand<typeof ProposalShow> {
  static override summary = "What a proposal says: intents, calls derived again from them, conditions, hashes.";
  static override args = proposalArgs;
  static override examples = ["<%= config.bin %> proposal show 1", "<%= config.bin %> proposal show 1 --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { loadCertificate } = await import("../../src/rehearsal/kill/certificate.ts");
    const certificate = await loadCertificate(stored.folder);
    return {
      result: { name: stored.name, folder: stored.folder, proposal: stored.proposal, killCertificate: certificate ?? null },
      text: () => formatProposal(stored, certificate),
      next: `lpctl proposal status ${shortName(stored.name)}`,
    };
  }
}
