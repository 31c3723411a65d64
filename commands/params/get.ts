import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class ParamsGet extends ProjectCommand<typeof ParamsGet> {
  static override summary = "One parameter, with what is known of it.";
  static override args = {
    name: Args.string({ required: true, description: "verificationRate, JobsManager.verificationRate or 'lipUpgradeRound(36)'." }),
  };
  static override examples = ["<%= config.bin %> params get verificationRate"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { showParameter } = await import("../../src/inspection/show-parameters.ts");
    return showParameter(project, this.args.name);
  }
}
