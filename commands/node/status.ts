import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";

export default class NodeStatus extends BaseCommand<typeof NodeStatus> {
  static override summary = "Whether the local chain of this project runs, and what is on it.";
  static override description = "Asks the chain itself and the process table. Changes nothing.";
  static override flags = nodeFlags;
  static override examples = ["<%= config.bin %> node status", "<%= config.bin %> node status --json"];

  protected override async execute(): Promise<Outcome> {
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const { describeStatus, readNodeStatus } = await import("../../src/node/node-status.ts");
    const project = await loadNodeProject({ directory: this.flags.directory, configPath: this.flags.config });
    const status = await readNodeStatus(project.folder);
    return { result: status, ...describeStatus(status) };
  }
}
