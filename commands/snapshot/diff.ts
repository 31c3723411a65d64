import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import { plural } from "../../src/protocol/plural.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { ProtocolState } from "../../src/snapshot/state.ts";

/** Lines for each contract that a person reads. */
const MOST_SHOWN = 40;

export default class SnapshotDiff extends ProjectCommand<typeof SnapshotDiff> {
  static override summary = "What differs between two snapshots, or a snapshot and the protocol as it runs: in names and units.";
  static override description =
    "Between two blocks of a protocol, or between a protocol and its fork on any chain: then contracts are compared by name, and what only says at " +
    "which address they are is counted and not listed. With --live the other side is the last final block of the network, read and proven as snapshot " +
    "take does; contracts whose storage root is that of the snapshot need no reading. Changes stand under their contract and the account that they are about.";
  static override args = {
    folder: Args.string({ required: true, description: "The snapshot before." }),
    other: Args.string({ description: "The snapshot after; none with --live." }),
  };
  static override flags = {
    live: Flags.boolean({ summary: "Compare with the protocol of the network as it is." }),
    block: Flags.string({ helpValue: "N|HASH", summary: "With --live: after this block, which must be final.", dependsOn: ["live"] }),
    all: Flags.boolean({ summary: `Show every change, and not only the first ${MOST_SHOWN} of each contract.` }),
    "exit-code": Flags.boolean({ summary: "End with exit code 7 when anything differs." }),
  };
  static override examples = [
    "<%= config.bin %> snapshot diff before-the-upgrade after-the-upgrade",
    "<%= config.bin %> snapshot diff snapshots/arbitrum-1000 --live --network arbitrum --exit-code",
  ];

  protected override async execute(): Promise<Outcome> {
    const { folder, other } = this.args;
    const { all } = this.flags;
    const live = this.flags.live === true;
    if (live === (other !== undefined)) {
      throw new LpctlError({
        code: "LPCTL_SNAPSHOT_DIFF_USAGE",
        exit: Exit.usage,
        message: live ? "With --live there is one snapshot, not two" : "There is nothing to compare the snapshot with",
        next: `lpctl snapshot diff ${printable(folder)} OTHER, or lpctl snapshot diff ${printable(folder)} --live`,
      });
    }
    const [{ loadSnapshot }, { loadLayouts }, { compareStates }, { formatSnapshotDiff, snapshotDiffResult }, { compilerCacheFolders }, { parseBlockReference }] = await Promise.all([
      import("../../src/snapshot/format/load-snapshot.ts"),
      import("../../src/snapshot/view/load-layouts.ts"),
      import("../../src/snapshot/diff/compare-states.ts"),
      import("../../src/cli/format-snapshot-diff.ts"),
      import("../../src/config/compiler-cache.ts"),
      import("../../src/snapshot/take/pin-block.ts"),
    ]);
    const block = parseBlockReference(this.flags.block);
    const before = { name: folder, state: (await loadSnapshot(folder)).state };
    const after = other === undefined ? await this.liveState(before.state, block) : { name: other, state: (await loadSnapshot(other)).state };
    const layouts = await loadLayouts({ contracts: [...before.state.contracts, ...after.state.contracts] }, compilerCacheFolders());
    const difference = await compareStates(before.state, after.state, layouts);
    const { contracts } = difference;
    const failure =
      contracts.length === 0 || this.flags["exit-code"] !== true
        ? undefined
        : new LpctlError({
            code: "LPCTL_SNAPSHOT_DIFFERS",
            exit: Exit.different,
            message: `${plural(contracts.length, "contract")} differ${contracts.length === 1 ? "s" : ""}`,
            why: contracts.map(({ name }) => printable(name)).join(", "),
            next: "What is shown above is everything that differs; without --exit-code that is no failure",
          });
    return {
      result: snapshotDiffResult(before, after, difference, live),
      text: () => formatSnapshotDiff(before, after, difference, all === true ? undefined : MOST_SHOWN),
      failure,
    };
  }

  private async liveState(known: ProtocolState, block: bigint | Hex | undefined): Promise<{ name: string; state: ProtocolState }> {
    const project = await this.openProject("read");
    const [{ readLiveState }, { explainingStateGone }] = await Promise.all([import("../../src/snapshot/diff/read-live-state.ts"), import("../../src/snapshot/take/explain-state-gone.ts")]);
    const { state } = await explainingStateGone(project.rpc, { command: `lpctl snapshot diff ${printable(this.args.folder)} --live`, block: undefined }, () => readLiveState(project, known, { block }));
    return { name: project.network, state };
  }
}
