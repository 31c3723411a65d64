import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatRejection, rejectionResult } from "../../src/cli/format-rejection.ts";
import { parseNonce } from "../../src/cli/parse-nonce.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class SafeReject extends ProjectCommand<typeof SafeReject> {
  static override summary = "Prepare an empty transaction that uses up a nonce of a Safe, so that nothing else can.";
  static override description =
    "Signatures cannot be taken back; a transaction with the same nonce that is executed first ends them. It is a file to be signed and " +
    "executed like any other. Names what it ends.";
  static override args = { nonce: Args.string({ required: true, description: "The nonce to use up." }) };
  static override flags = {
    safe: Flags.string({ helpValue: "ADDRESS", summary: "Default: the Safe on the way to the Controller." }),
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where to write. Default: safe/NETWORK/ADDRESS/reject-NONCE.json." }),
  };
  static override examples = ["<%= config.bin %> safe reject 7", "<%= config.bin %> safe reject 7 --safe 0x…"];

  protected override async execute(): Promise<Outcome> {
    const nonce = parseNonce(this.args.nonce);
    const address = this.flags.safe === undefined ? undefined : this.address(this.flags.safe, "--safe");
    const project = await this.openProject("write");
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const { rejectNonce } = await import("../../src/lifecycle/nonces/reject-nonce.ts");
    const rejection = await rejectNonce(project, await findSafe(project, address), nonce, { path: this.flags.output });
    return {
      result: { safe: rejection.bundle.safe.address, ...rejectionResult(rejection) },
      text: formatRejection(rejection),
      next: `lpctl safe sign ${rejection.path} --key NAME   then   lpctl safe execute ${rejection.path} --key NAME`,
    };
  }
}
