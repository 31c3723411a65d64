import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { runTasks } from "../../src/cli/tasks.ts";

export default class SnapshotTake extends ProjectCommand<typeof SnapshotTake> {
  static override summary = "Read the complete state of the protocol at one final block, and prove that it is complete.";
  static override description =
    "Every contract that the Controller leads to, every word of its storage. The storage roots are rebuilt from what was read and must be those " +
    "that the block's header proves: a word that is missing or false is found, and nothing is written then (exit code 7). What was read is kept in " +
    ".lpctl/snapshots: ended at any moment, the same command goes on at the same block. Only reads the chain. The RPC must have eth_getProof.";
  static override flags = {
    block: Flags.string({ helpValue: "N|HASH", summary: "The state after this block, which must be final. Default: the last one that is. Older ones need an archive node." }),
    confirmations: Flags.string({ helpValue: "N", summary: "A block with so many on top of it is final. Default: what the chain itself says." }),
    out: Flags.string({ helpValue: "FOLDER", summary: "Where to write it. Default: snapshots/<network>-<block> in the project." }),
    fresh: Flags.boolean({ summary: "Take the last final block, and read everything again, whatever was kept." }),
    "log-range": Flags.string({ helpValue: "BLOCKS", summary: "Ask for events of so many blocks at once at most: for an RPC that leaves some out of long answers." }),
  };
  static override examples = ["<%= config.bin %> snapshot take --network local", "<%= config.bin %> snapshot take --network arbitrum --block 350000000 --out before-the-upgrade"];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const [{ openTake }, { parseBlockReference }, { parseCount }, { formatTakenSnapshot, takenSnapshotResult }] = await Promise.all([
      import("../../src/snapshot/take/take-snapshot.ts"),
      import("../../src/snapshot/take/pin-block.ts"),
      import("../../src/cli/route-flags.ts"),
      import("../../src/cli/format-taken-snapshot.ts"),
    ]);
    const options = {
      block: parseBlockReference(flags.block),
      confirmations: flags.confirmations === undefined ? undefined : parseCount(flags.confirmations, "--confirmations", 0n),
      logRangeBlocks: flags["log-range"] === undefined ? undefined : parseCount(flags["log-range"], "--log-range", 0n, 1n),
      out: flags.out,
      fresh: flags.fresh,
      tool: producedBy(),
    };
    const project = await this.openProject("read");
    const take = await openTake(project, options);
    try {
      await runTasks(take.steps.map(({ title, run }) => ({ title, run: (_: undefined, update: (doing: string) => void) => run(update) })), undefined);
    } finally {
      take.end();
    }
    const taken = take.result();
    return {
      result: takenSnapshotResult(taken, project.network),
      text: () => formatTakenSnapshot(taken, project.network),
      next: `lpctl snapshot verify ${taken.folder} --block-hash ${taken.block.hash}`,
    };
  }
}
