import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatWatchEvent } from "../../src/cli/format-watch.ts";
import { writeNote } from "../../src/cli/output.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/proposal/short-name.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class ProposalWatch extends ProjectCommand<typeof ProposalWatch> {
  static override summary = "Simulate a proposal again as blocks come, until it is executed, and say what drifted.";
  static override description =
    "Each look is compared with the one before, the first with the kept simulation: other effects, new or vanished findings, another state. Signs, " +
    "sends and writes nothing. Exit code 0 when the proposal is executed, 3 when it can never be; with --once 7 when its effects drifted.";
  static override args = proposalArgs;
  static override flags = {
    every: Flags.integer({ helpValue: "BLOCKS", summary: "Look again after so many blocks.", default: 1, min: 1 }),
    once: Flags.boolean({ summary: "Look once and end." }),
  };
  static override examples = ["<%= config.bin %> proposal watch 1", "<%= config.bin %> proposal watch 1 --once"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { watchProposal } = await import("../../src/lifecycle/status/watch-proposal.ts");
    const outcome = await watchProposal(project, stored, {
      everyBlocks: BigInt(this.flags.every),
      once: this.flags.once,
      onEvent: (event) => writeNote(formatWatchEvent(event, "stderr")),
    });
    return {
      result: { name: stored.name, ...outcome },
      text: () => `${stored.name} ${outcome.drifted ? "drifted" : "did not drift"} in ${plural(outcome.looks, "look")}; ${outcome.state}`,
      next: outcome.ended === "executed" ? undefined : `lpctl proposal status ${shortName(stored.name)}`,
      failure: failureOf(stored.name, outcome),
    };
  }
}

function failureOf(name: string, { ended, state, drifted, events }: { ended: string; state: string; drifted: boolean; events: readonly { drift: string[] }[] }): LpctlError | undefined {
  if (ended === "blocked") {
    return new LpctlError({ code: "LPCTL_STEP_BLOCKED", exit: Exit.refused, message: `${name} cannot be carried out any more`, why: state, next: "Prepare the change again if it is still wanted" });
  }
  if (ended !== "looked-once" || !drifted) return undefined;
  return new LpctlError({
    code: "LPCTL_PROPOSAL_DRIFTED",
    exit: Exit.different,
    message: `${name} would no longer do what its kept simulation shows`,
    why: events.flatMap(({ drift }) => drift).join("; "),
    next: `lpctl proposal simulate ${shortName(name)}, then read the report again`,
  });
}
