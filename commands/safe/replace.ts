import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { reanchoredOutcome } from "../../src/cli/format-reanchored.ts";
import { parseNonce } from "../../src/cli/parse-nonce.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { openProposal } from "../../src/cli/proposal-reference.ts";

export default class SafeReplace extends ProjectCommand<typeof SafeReplace> {
  static override summary = "Put a proposal in the place of whatever else wants a nonce of the Safe: only one of them can happen.";
  static override description =
    "Gives the proposal's Safe transaction that nonce, as safe reanchor does, and names what it competes with. Whichever is executed " +
    "first ends the others.";
  static override args = { nonce: Args.string({ required: true, description: "The nonce to take." }) };
  static override flags = {
    with: Flags.string({ required: true, helpValue: "PROPOSAL", summary: "Number, name, first bytes of the id, or path of the proposal." }),
    "despite-signatures": Flags.boolean({ summary: "Go on although the proposal's old form can still be executed too." }),
  };
  static override examples = ["<%= config.bin %> safe replace 7 --with 2"];

  protected override async execute(): Promise<Outcome> {
    const nonce = parseNonce(this.args.nonce);
    const project = await this.openProject("write");
    const stored = await openProposal(project, this.flags.with);
    const { reanchorProposal } = await import("../../src/lifecycle/nonces/reanchor-proposal.ts");
    return reanchoredOutcome(await reanchorProposal(project, stored, { nonce, despiteSignatures: this.flags["despite-signatures"] }));
  }
}
