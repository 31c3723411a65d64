import * as Args from "@oclif/core/args";
import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/cli/proposal-outcome.ts";

export default class SafeImport extends ProjectCommand<typeof SafeImport> {
  static override summary = "Take signatures from a file into the proposal it belongs to.";
  static override description =
    "Every signature is recovered and must be of a current owner, over exactly this transaction; one that is not is refused, saying what it is of.";
  static override args = { file: Args.string({ required: true, description: "A file written by safe export and signed." }) };
  static override examples = ["<%= config.bin %> safe import upgrade.safe.json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { importBundle } = await import("../../src/lifecycle/exchange-bundle.ts");
    const { stored, bundle, added, threshold } = await importBundle(project, this.args.file);
    const name = shortName(stored.name);
    const missing = Number(threshold) - bundle.signatures.length;
    return {
      result: { proposal: stored.name, added, signatures: bundle.signatures.map(({ owner }) => owner), threshold },
      text: `${added.length} new signature(s) for ${stored.name}: ${bundle.signatures.length} of ${threshold}`,
      exit: missing > 0 ? Exit.waiting : Exit.done,
      next: missing > 0 ? `lpctl proposal sign ${name} --key NAME` : `lpctl proposal execute ${name} --key NAME`,
    };
  }
}
