import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

const MOST_SHOWN = 10_000;

export default class SnapshotShow extends ProjectCommand<typeof SnapshotShow> {
  static override summary = "What a snapshot says: totals, who has the most stake and how it is spread, or what one account has.";
  static override description =
    "Everything is worked out from the words in the folder as the contracts would, to the wei and at the round of its block: stake and fees with " +
    "everything earned, locks, votes, deposits. Needs no network. Whether the words are the chain's is another question: snapshot verify.";
  static override args = { folder: Args.string({ required: true, description: "A snapshot." }) };
  static override flags = {
    account: Flags.string({ helpValue: "ADDRESS", summary: "What this account has." }),
    top: Flags.integer({ helpValue: "N", default: 10, min: 0, max: MOST_SHOWN, summary: "How many of the accounts with the most stake are listed." }),
    out: Flags.string({ char: "o", aliases: ["output"], helpValue: "FILE", summary: "Write it there: .html, .md, or .svg for the chart alone." }),
    ascii: Flags.boolean({ summary: "Charts of ASCII characters only." }),
  };
  static override examples = [
    "<%= config.bin %> snapshot show snapshots/arbitrum-1000",
    "<%= config.bin %> snapshot show snapshots/arbitrum-1000 --top 50 --out stake.html",
    "<%= config.bin %> snapshot show snapshots/arbitrum-1000 --account 0x…",
  ];

  protected override async execute(): Promise<Outcome> {
    const { account, top, out, ascii } = this.flags;
    const address = account === undefined ? undefined : this.address(account, "--account");
    const { folder } = this.args;
    const [{ openSnapshot }, { totalsOf }, { holdingsOf }, { snapshotOutcome }] = await Promise.all([
      import("../../src/cli/open-snapshot.ts"),
      import("../../src/snapshot/view/totals.ts"),
      import("../../src/snapshot/view/holdings.ts"),
      import("../../src/cli/snapshot-outcome.ts"),
    ]);
    const { snapshot, view } = await openSnapshot(folder);
    this.requireAddressesOn(snapshot.state.chainId);
    return snapshotOutcome({ folder, id: snapshot.id, totals: totalsOf(view, top), holdings: address === undefined ? undefined : holdingsOf(view, address) }, { out, ascii });
  }
}
