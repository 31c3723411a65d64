import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";
import { writeNote } from "../../src/cli/output.ts";

export default class NodeStatus extends BaseCommand<typeof NodeStatus> {
  static override summary = "Whether the local chain of this project runs, and what is on it.";
  static override description = "Asks the chain itself and the process table. Changes nothing.";
  static override flags = {
    watch: Flags.boolean({ summary: "Show what happens until you leave with q, or the actors are gone; a line per event off a terminal.", exclusive: ["json"] }),
    ...nodeFlags,
  };
  static override examples = ["<%= config.bin %> node status", "<%= config.bin %> node status --watch", "<%= config.bin %> node status --json"];

  protected override async execute(): Promise<Outcome> {
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const { describeStatus, readNodeStatus } = await import("../../src/node/node-status.ts");
    const project = await loadNodeProject({ directory: this.flags.directory, configPath: this.flags.config });
    let status = await readNodeStatus(project.folder);
    if (this.flags.watch) {
      if (status.actors === null) writeNote("Nobody is at work there to be watched.");
      else {
        const { watchNode } = await import("../../src/cli/watch-node.ts");
        await watchNode({ projectFolder: project.folder, describeChain: async () => (await readNodeStatus(project.folder)).account });
        status = await readNodeStatus(project.folder);
      }
    }
    return { result: status, ...describeStatus(status) };
  }
}
