import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { dirname, relative, resolve } from "node:path";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class ForkInit extends ProjectCommand<typeof ForkInit> {
  static override summary = "Write a fork file to start from, with a comment at everything that may be otherwise.";
  static override description = "As it is, it makes the protocol of the snapshot anew on the network that is given, changing nothing but its owner. Nothing is overwritten.";
  static override args = { snapshot: Args.string({ description: "Folder of a snapshot.", required: true }) };
  static override flags = {
    owner: Flags.string({ helpValue: "ADDRESS", summary: "Who owns the fork's Controller in the end." }),
    out: Flags.string({ helpValue: "FILE", default: "fork.yaml", summary: "Where to write it." }),
  };
  static override examples = ["<%= config.bin %> fork init snapshots/local-147 --owner 0x…", "<%= config.bin %> fork init snapshots/mainnet-19000000 --network sepolia --out sepolia-fork.yaml"];

  protected override async execute(): Promise<Outcome> {
    const { out } = this.flags;
    const owner = this.flags.owner === undefined ? undefined : this.address(this.flags.owner, "--owner");
    const [{ loadManifest }, { formatForkTemplate }, { writeNewFiles }] = await Promise.all([
      import("../../src/snapshot/format/load-snapshot.ts"),
      import("../../src/fork/fork-template.ts"),
      import("../../src/write-new-files.ts"),
    ]);
    const { id, chainId, block } = await loadManifest(this.args.snapshot);
    const project = await this.openProject("read");
    // As it is read: from the folder of the fork file.
    const folder = relative(dirname(resolve(out)), resolve(this.args.snapshot)) || ".";
    const content = formatForkTemplate({ chainId: project.chainId, snapshot: { folder, identity: id, chainId, blockNumber: block.number }, owner });
    await writeNewFiles([{ path: out, content }]);
    const on = this.flags.network === undefined ? "" : ` --network ${this.flags.network}`;
    return {
      result: { file: out, snapshot: id, chainId: project.chainId, owner: owner ?? null },
      text: () => `Wrote ${out}`,
      next: owner === undefined ? `Fill in governance.owner, then: lpctl fork plan ${out}${on} --deployer 0x…` : `lpctl fork plan ${out}${on} --deployer 0x…`,
    };
  }
}
