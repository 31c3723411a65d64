import { BaseCommand } from "../../src/cli/base-command.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatTable } from "../../src/cli/table.ts";
import { explainConfig } from "../../src/config/explain-config.ts";

export default class ConfigExplain extends BaseCommand<typeof ConfigExplain> {
  static override summary = "Every value in use and where it came from.";
  static override description =
    "Precedence: flags, then LPCTL_ variables, then the nearest lpctl.yaml, then the user's config.yaml, then what ships with lpctl. " +
    "URLs are shown without their secrets.";
  static override examples = ["<%= config.bin %> config explain", "<%= config.bin %> config explain --network local --json"];

  protected override async execute(): Promise<Outcome> {
    const values = explainConfig(await this.loadConfig(), { networkFlag: this.flags.network });
    return {
      result: { values },
      text: () =>
        formatTable(values, [
          { header: "KEY", value: (row) => row.key },
          { header: "VALUE", value: (row) => row.value },
          { header: "FROM", value: (row) => row.from },
        ]),
    };
  }
}
