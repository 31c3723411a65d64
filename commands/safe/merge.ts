import { Exit, LpctlError } from "../../src/errors.ts";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand, type Outcome } from "../../src/cli/base-command.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class SafeMerge extends BaseCommand<typeof SafeMerge> {
  static override summary = "Put the signatures of several files of one Safe transaction into one; or QR codes into a file.";
  static override description =
    "The union, in any order: merging twice, or the other way round, gives the same bytes. Every signature is recovered; nothing is asked of any network. " +
    "The text of scanned QR codes counts as a file: with --output it becomes one, also on a machine without a network.";
  static override usage = "safe merge FILE FILE… [--output FILE]";
  static override strict = false;
  static override args = { file: Args.string({ required: true, description: "A signed file; name two or more." }) };
  static override flags = { output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where to write. Default: the first file." }) };
  static override examples = ["<%= config.bin %> safe merge alice.safe.json bob.safe.json --output all.safe.json", "<%= config.bin %> safe merge scanned.txt --output upgrade.safe.json"];

  protected override async execute(): Promise<Outcome> {
    const files = this.positional;
    if (files.length < 2 && this.flags.output === undefined) {
      throw new LpctlError({ code: "LPCTL_USAGE_FILES", exit: Exit.usage, message: "There is nothing to merge in one file", next: "lpctl safe merge alice.safe.json bob.safe.json" });
    }
    const { mergeFiles } = await import("../../src/lifecycle/exchange/merge-files.ts");
    const { path, bundle, added } = await mergeFiles(files, this.flags.output);
    return {
      result: { path, id: bundle.id, safeTxHash: bundle.hashes.safeTxHash, signatures: bundle.signatures.map(({ owner }) => owner), added },
      text: `${path} holds Safe transaction ${bundle.hashes.safeTxHash} with ${plural(bundle.signatures.length, "signature")}, ${added.length} of them new`,
      next: bundle.proposalId === null ? `lpctl safe execute ${path} --key NAME` : `lpctl safe import ${path}`,
    };
  }
}
