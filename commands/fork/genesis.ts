import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { forkArgs } from "../../src/cli/fork-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

const WEEK_SECONDS = 604_800n;
const HOUR_SECONDS = 3_600n;

export default class ForkGenesis extends ProjectCommand<typeof ForkGenesis> {
  static override summary = "Write a genesis made of what everybody has in the snapshot, for a fork whose token starts anew.";
  static override description =
    "Instead of loading words: a genesis file with its list of recipients, to be checked, run and verified as any genesis (lpctl genesis). Tokens, stake with everything " +
    "earned and stake under locks count together. Large accounts are granted theirs to the wei; all others mine equal shares of what they have together. Nothing is overwritten.";
  static override args = forkArgs;
  static override flags = {
    out: Flags.string({ helpValue: "FILE", default: "genesis.yaml", summary: "Where to write it; the list comes beside it." }),
    bank: Flags.string({ helpValue: "ADDRESS", required: true, summary: "Multisig that receives what no account owns: the treasury, and what division leaves over." }),
    "exact-from": Flags.string({ helpValue: "LPT", default: "1000", summary: "Whoever has this much is given exactly that, in a grant of its own." }),
  };
  static override examples = ["<%= config.bin %> fork genesis fork.yaml --network local --bank 0x…"];

  protected override async execute(): Promise<Outcome> {
    const bank = this.address(this.flags.bank, "--bank");
    const { file } = this.args;
    const { out } = this.flags;
    const [{ loadFork }, { genesisOfSnapshot }, { recipientsPathOf, writeGenesisOfSnapshot }, { parseHuman, formatHuman }] = await Promise.all([
      import("../../src/fork/load-fork-file.ts"),
      import("../../src/fork/genesis-of-snapshot.ts"),
      import("../../src/fork/write-genesis.ts"),
      import("../../src/protocol/units.ts"),
    ]);
    const exactFrom = parseHuman(`${this.flags["exact-from"].replace(/ ?LPT$/, "")} LPT`, "wei-lpt").value;
    const project = await this.openProject("read");
    const { parsed, view, snapshot, parameters } = await loadFork(file, project.compilerCaches);
    const head = await project.rpc.block("latest");
    const made = genesisOfSnapshot(view, {
      file: parsed.file,
      parameters: parameters.values,
      bank,
      exactFromWei: typeof exactFrom === "bigint" ? exactFrom : 0n,
      startSeconds: ((head.timestampSeconds + WEEK_SECONDS) / HOUR_SECONDS) * HOUR_SECONDS,
      headBlock: head.number,
      recipientsPath: recipientsPathOf(out),
    });
    const files = await writeGenesisOfSnapshot(out, made);
    const { totalWei, exact, sharing, bankWei, excludedWei } = made;
    const lpt = (wei: bigint): string => formatHuman(wei, "wei-lpt");
    return {
      result: { files, snapshot: snapshot.id, totalWei, exact, sharing, bankWei, excludedWei },
      text: () =>
        [
          ...files.map((path) => `Wrote ${path}`),
          `${lpt(totalWei)} in all: ${exact} accounts are granted exactly what they have, ${sharing.accounts} mine ${lpt(sharing.eachWei)} each of the ${lpt(sharing.haveWei)} they have together, the bank gets ${lpt(bankWei)}.`,
        ].join("\n"),
      next: `lpctl genesis check ${out} --network ${project.network}`,
    };
  }
}
