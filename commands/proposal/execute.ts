import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { compareExecuted } from "../../src/cli/compare-executed.ts";
import { confirmFlags } from "../../src/cli/confirm-sending.ts";
import { executeReviewed } from "../../src/cli/execute-reviewed.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { exitOf, formatSteps, isForVoters, nextFor } from "../../src/cli/steps.ts";
import { openStep } from "../../src/lifecycle/status/open-step.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalExecute extends ProjectCommand<typeof ProposalExecute> {
  static override summary = "Take every step that can be taken now; when all are done, verify.";
  static override description =
    "Simulates and checks once more before the first transaction. Each transaction is on disk before it is sent, so a killed command " +
    "run again goes on and never sends twice. When the last step is done, what happened on chain is compared with what was simulated: " +
    "exit code 7 if they differ.";
  static override args = proposalArgs;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    wait: Flags.boolean({ summary: "Wait for delays to pass instead of stopping there." }),
  };
  static override examples = ["<%= config.bin %> proposal execute 1 --key operator", "<%= config.bin %> proposal execute 1 --key operator --wait"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const stored = await openProposal(project, this.args.proposal);
    const { readStatus } = await import("../../src/lifecycle/status/proposal-status.ts");
    const name = shortName(stored.name);
    const before = await readStatus(project, stored);
    let sent: string[] = [];
    const open = openStep(before.steps);
    // A vote that runs can be waited for; one that is still to be created, by nobody who only waits.
    const isInOtherHands = isForVoters(before.steps) && !(this.flags.wait && open?.kind === "vote");
    if (open !== undefined && !isInOtherHands) {
      const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
      sent = await executeReviewed(project, stored, signer, { wait: this.flags.wait === true, confirm: this.flags.confirm });
    }
    const { steps } = await readStatus(project, stored);
    if (openStep(steps) !== undefined) {
      return {
        result: { name: stored.name, steps, sent, verification: null },
        text: () => formatSteps(steps),
        exit: exitOf(steps),
        next: nextFor(name, steps),
      };
    }
    const { verification, ...compared } = await compareExecuted(project, stored, steps);
    return { result: { name: stored.name, steps, sent, verification }, ...compared };
  }
}
