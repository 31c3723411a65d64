import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { printable } from "../../src/protocol/printable.ts";
import { formatTable } from "../../src/cli/table.ts";

export default class ProposalList extends ProjectCommand<typeof ProposalList> {
  static override summary = "Proposals of this network and where each stands on chain.";
  static override examples = ["<%= config.bin %> proposal list", "<%= config.bin %> proposal list --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { readStatuses } = await import("../../src/lifecycle/status/proposal-status.ts");
    const rows = await readStatuses(project);
    return {
      result: { proposals: rows },
      text: () =>
        rows.length === 0
          ? `No proposals on ${printable(project.network)} yet`
          : formatTable(rows, [
              { header: "PROPOSAL", value: (row) => row.name },
              { header: "TITLE", value: (row) => row.title },
              { header: "STATE", value: (row) => row.summary },
              { header: "ID", value: (row) => row.id ?? "" },
            ]),
      next: rows.length === 0 ? "lpctl params set NAME VALUE" : undefined,
    };
  }
}
