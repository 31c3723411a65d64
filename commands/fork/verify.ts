import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { forkArgs } from "../../src/cli/fork-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class ForkVerify extends ProjectCommand<typeof ForkVerify> {
  static override summary = "Prove that a fork is its snapshot, with the declared words replaced and nothing else.";
  static override description =
    "The root of each contract's storage must be that of the snapshot's words with the declared ones replaced: equal roots leave no room for any other " +
    "word. Then code, the loader that must be gone, what everybody has to the wei, and the invariants; last, the same rounds are lived by the same actors " +
    "on a copy of the fork and on one of the snapshot, and both must come out alike. Exit code 7 when anything differs.";
  static override args = forkArgs;
  static override flags = {
    block: Flags.string({ helpValue: "N", summary: "The state after this block; the protocol moves on. Default: that of the fork's last transaction." }),
    "no-life": Flags.boolean({ summary: "Live no rounds on copies." }),
  };
  static override examples = ["<%= config.bin %> fork verify fork.yaml --network local"];

  protected override async execute(): Promise<Outcome> {
    const { file } = this.args;
    const { countDeclared } = await import("../../src/fork/declared-words.ts");
    const { parseBlock } = await import("../../src/genesis/open-verification.ts");
    const block = parseBlock(this.flags.block);
    const project = await this.openProject("read");
    const [{ openFork }, { readLastBlock, verifyFork }, { differentFork, formatForkVerification }, { loadLayouts }, { rekeyedWords }] = await Promise.all([
      import("../../src/fork/open-fork.ts"),
      import("../../src/fork/verify-fork.ts"),
      import("../../src/cli/format-fork-verification.ts"),
      import("../../src/snapshot/view/load-layouts.ts"),
      import("../../src/cli/format-fork.ts"),
    ]);
    const { prepared, paths, loaded } = await openFork(project, file, undefined);
    const layouts = await loadLayouts(loaded.snapshot.state, project.compilerCaches);
    const at = block ?? (await readLastBlock(paths, prepared.planHash));
    project.progress?.("Comparing every contract, and living on copies");
    const verification = await verifyFork(project.rpc, prepared, layouts, { block: at, isLived: !this.flags["no-life"] });
    const { contracts, ...rest } = verification;
    return {
      result: {
        file,
        network: project.network,
        planHash: prepared.planHash,
        snapshot: loaded.snapshot.id,
        rekeyed: rekeyedWords(prepared),
        ...rest,
        contracts: contracts.map(({ overrides, erased, ...contract }) => ({ ...contract, overridden: countDeclared({ overrides, erased }) })),
      },
      text: () => formatForkVerification(verification),
      failure: verification.equal ? undefined : differentFork(verification, file),
    };
  }
}
