import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { formatTable } from "../../src/cli/table.ts";

export default class RehearseList extends BaseCommand<typeof RehearseList> {
  static override summary = "The rehearsals there are.";
  static override examples = ["<%= config.bin %> rehearse list"];

  protected override async execute(): Promise<Outcome> {
    const { SCENARIOS } = await import("../../src/rehearsal/scenarios.ts");
    const scenarios = SCENARIOS.map(({ name, summary }) => ({ name, summary }));
    return {
      result: { scenarios },
      text: formatTable(scenarios, [
        { header: "SCENARIO", value: (row) => row.name },
        { header: "WHAT IT PROVES", value: (row) => row.summary },
      ]),
      next: `lpctl rehearse ${scenarios[0]?.name ?? ""}`,
    };
  }
}
