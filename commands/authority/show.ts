import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class AuthorityShow extends ProjectCommand<typeof AuthorityShow> {
  static override summary = "Who can change a contract, up to the people.";
  static override description =
    "Starts at the access rule of the contract and climbs owner by owner: Governor, timelock, Safe, keys. " +
    "Everything is read from the chain; nothing is taken from configuration.";
  static override args = {
    contract: Args.string({ description: "Registered name or address.", default: "Controller" }),
  };
  static override examples = ["<%= config.bin %> authority show JobsManager", "<%= config.bin %> authority show 0x… --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { showAuthority } = await import("../../src/inspection/show-authority.ts");
    return showAuthority(project, this.args.contract);
  }
}
