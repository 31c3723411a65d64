import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { REPORT_FORMATS, reportOutcome } from "../../src/cli/report-outcome.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { ReportData } from "../../src/report/report-data.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalReport extends ProjectCommand<typeof ProposalReport> {
  static override summary = "Show what a proposal will do, for a terminal, a forum, a browser or a program.";
  static override description =
    "Renders the report that lies beside the proposal, without a network; it is held against the proposal and its simulation first. " +
    "Where there is none, or with --fresh, the whole route is simulated again on a fork and the report is made and kept. Every form " +
    "is made from the same data and has the same hash.";
  static override args = proposalArgs;
  static override flags = {
    format: Flags.option({ options: REPORT_FORMATS, default: "terminal" as const, summary: "Which form." })(),
    output: Flags.string({ char: "o", aliases: ["out"], helpValue: "FILE", summary: "Write it there instead of to stdout." }),
    fresh: Flags.boolean({ summary: "Simulate again, even if there is a report." }),
    full: Flags.boolean({ summary: "For a terminal: also calldata, calls, events and long lists." }),
  };
  static override examples = [
    "<%= config.bin %> proposal report 1",
    "<%= config.bin %> proposal report 1 --format markdown > post.md",
    "<%= config.bin %> proposal report 1 --format html --output report.html",
  ];

  protected override async execute(): Promise<Outcome> {
    const { fresh, format, output, full } = this.flags;
    const kept = fresh ? undefined : await this.loadKept();
    const { stored, data } = kept ?? (await this.simulate());
    return reportOutcome({ stored, data, source: kept === undefined ? "simulated" : "kept", format, out: output, full, next: `lpctl proposal check ${shortName(stored.name)}` });
  }

  /** From disk alone; undefined where nothing was kept. */
  private async loadKept(): Promise<{ stored: StoredProposal; data: ReportData } | undefined> {
    const reference = this.args.proposal;
    const [{ loadProposal }, { loadKeptReport }] = await Promise.all([import("../../src/proposal/store.ts"), import("../../src/lifecycle/kept-report.ts")]);
    // A path says by itself where the proposal is; a number is looked for among those of the network.
    const isPath = reference.includes("/") || reference.endsWith(".json");
    const [folder, network] = isPath ? ["", ""] : [(await this.loadConfig()).projectFolder, (await this.network("read")).name];
    const stored = await loadProposal(folder, network, reference);
    const data = await loadKeptReport(stored);
    return data === undefined ? undefined : { stored, data };
  }

  private async simulate(): Promise<{ stored: StoredProposal; data: ReportData }> {
    const opened = await this.openProject("read");
    const stored = await openProposal(opened, this.args.proposal);
    const [{ atOneBlock }, { assessProposal }, { loadProposalEffects }, { record }, { requireOpen }] = await Promise.all([
      import("../../src/lifecycle/at-one-block.ts"),
      import("../../src/lifecycle/assess-proposal.ts"),
      import("../../src/lifecycle/records.ts"),
      import("../../src/lifecycle/propose.ts"),
      import("../../src/lifecycle/status/proposal-status.ts"),
    ]);
    const project = await atOneBlock(opened);
    await requireOpen(project, stored, "simulate");
    const assessment = await assessProposal(project, stored.proposal, stored.name, await loadProposalEffects(stored));
    const { report } = await record(project, stored, assessment, producedBy());
    return { stored, data: report };
  }
}
