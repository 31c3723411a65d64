import { BaseCommand } from "../../src/cli/base-command.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { describeConfig } from "../../src/config/describe-config.ts";

export default class ConfigShow extends BaseCommand<typeof ConfigShow> {
  static override summary = "The configuration in use: files, networks, folders.";
  static override examples = ["<%= config.bin %> config show", "<%= config.bin %> config show --json"];

  protected override async execute(): Promise<Outcome> {
    return describeConfig(await this.loadConfig());
  }
}
