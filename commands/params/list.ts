import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatTable } from "../../src/cli/table.ts";

export default class ParamsList extends ProjectCommand<typeof ParamsList> {
  static override summary = "Every governable parameter: value, unit, bounds, who may set it.";
  static override description =
    "Which parameters a deployment has is found by asking its contracts, so the list fits the protocol on this network.";
  static override examples = ["<%= config.bin %> params list", "<%= config.bin %> params list --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { listParameters } = await import("../../src/inspection/show-parameters.ts");
    const rows = await listParameters(project);
    return {
      result: { parameters: rows },
      text: () =>
        formatTable(rows, [
          { header: "PARAMETER", value: (row) => row.id },
          { header: "VALUE", value: (row) => row.human ?? "(by key)" },
          { header: "RAW", value: (row) => row.raw ?? "", align: "right" },
          { header: "BOUNDS", value: (row) => row.bounds ?? "" },
          { header: "SET BY", value: (row) => row.setBy },
          { header: "EFFECT", value: (row) => row.effect },
        ]),
      next: "lpctl params set NAME VALUE",
    };
  }
}
