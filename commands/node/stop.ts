import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";

export default class NodeStop extends BaseCommand<typeof NodeStop> {
  static override summary = "Stop the local chain of this project.";
  static override description =
    "Its state is kept: node start goes on where it was. With --forget the state is deleted; lpctl.yaml, the keys and the proposals " +
    "stay. Stopping what does not run is no error.";
  static override flags = {
    forget: Flags.boolean({ summary: "Delete the state, of a stopped chain, too." }),
    ...nodeFlags,
  };
  static override examples = ["<%= config.bin %> node stop", "<%= config.bin %> node stop --forget"];

  protected override async execute(): Promise<Outcome> {
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const { stopNode } = await import("../../src/node/stop-node.ts");
    const project = await loadNodeProject({ directory: this.flags.directory, configPath: this.flags.config });
    const { stopped, account, record, keptAtBlock } = await stopNode(project.folder, { forget: this.flags.forget });
    return { result: { stopped, account, pid: record?.pid ?? null, rpcUrl: record?.rpcUrl ?? null, keptAtBlock }, text: account };
  }
}
