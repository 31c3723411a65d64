import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";

export default class NodeStop extends BaseCommand<typeof NodeStop> {
  static override summary = "End the local chain of this project.";
  static override description = "The chain and everything on it is gone then; lpctl.yaml and the proposals stay. Stopping what does not run is no error.";
  static override flags = nodeFlags;
  static override examples = ["<%= config.bin %> node stop"];

  protected override async execute(): Promise<Outcome> {
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const { stopNode } = await import("../../src/node/stop-node.ts");
    const project = await loadNodeProject({ directory: this.flags.directory, configPath: this.flags.config });
    const { stopped, account, record } = await stopNode(project.folder);
    return { result: { stopped, account, pid: record?.pid ?? null, rpcUrl: record?.rpcUrl ?? null }, text: account };
  }
}
