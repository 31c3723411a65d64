import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/cli/proposal-outcome.ts";

export default class SafeExport extends ProjectCommand<typeof SafeExport> {
  static override summary = "Write a proposal's Safe transaction to a file that can be signed on a machine without a network.";
  static override args = proposalArgs;
  static override flags = {
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where to write. Default: NNN.safe.json in this folder." }),
  };
  static override examples = ["<%= config.bin %> safe export 1 --output upgrade.safe.json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { exportBundle } = await import("../../src/lifecycle/exchange-bundle.ts");
    const output = this.flags.output ?? `${stored.name}.safe.json`;
    const bundle = await exportBundle(project, stored, output);
    return {
      result: { path: output, id: bundle.id, ...bundle.hashes, signatures: bundle.signatures.length },
      text: `${output} holds Safe transaction ${bundle.hashes.safeTxHash} with ${bundle.signatures.length} signature(s)`,
      next: `lpctl safe sign ${output} --offline --key NAME   then   lpctl safe import ${output}   (proposal ${shortName(stored.name)})`,
    };
  }
}
