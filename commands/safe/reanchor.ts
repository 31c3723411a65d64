import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { reanchoredOutcome } from "../../src/cli/format-reanchored.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";

export default class SafeReanchor extends ProjectCommand<typeof SafeReanchor> {
  static override summary = "Give a proposal's Safe transaction the next free nonce, and show that nothing else changed.";
  static override description =
    "For when the Safe's nonce moved past it. The calls are derived from the intents again, and every field and the hash are compared with the old " +
    "form, which is kept with its signatures: they are good for the old nonce as long as that is not used. Then everybody signs again.";
  static override args = proposalArgs;
  static override flags = {
    "despite-signatures": Flags.boolean({ summary: "Go on although the old form can still be executed too." }),
  };
  static override examples = ["<%= config.bin %> safe reanchor 1"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const stored = await openProposal(project, this.args.proposal);
    const { reanchorProposal } = await import("../../src/lifecycle/nonces/reanchor-proposal.ts");
    return reanchoredOutcome(await reanchorProposal(project, stored, { despiteSignatures: this.flags["despite-signatures"] }));
  }
}
