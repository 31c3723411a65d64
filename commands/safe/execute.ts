import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { formatBundleCalls } from "../../src/cli/format-bundle.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class SafeExecute extends ProjectCommand<typeof SafeExecute> {
  static override summary = "Execute the Safe transaction in a file that has enough signatures.";
  static override description =
    "For transactions that belong to no proposal, such as the rejection that proposal cancel writes. Proposals: lpctl proposal execute.";
  static override args = { file: Args.string({ required: true, description: "A signed file." }) };
  static override flags = { ...keyFlags, ...confirmFlags };
  static override examples = ["<%= config.bin %> safe execute rejection.json --key operator"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const { executeBundle } = await import("../../src/lifecycle/safe/execute-bundle.ts");
    const { loadBundle } = await import("../../src/safe/bundle-file.ts");
    const bundle = await loadBundle(this.args.file);
    writeReview(formatBundleCalls(bundle));
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    await confirmSending(project, `Execute Safe transaction ${bundle.hashes.safeTxHash} as ${signer.address}`, this.flags.confirm);
    const { hash } = await executeBundle(project, bundle, signer);
    return {
      result: { safeTxHash: bundle.hashes.safeTxHash, transaction: hash },
      text: hash === null ? `${bundle.hashes.safeTxHash} was executed before` : `Executed ${bundle.hashes.safeTxHash} in ${hash}`,
    };
  }
}
