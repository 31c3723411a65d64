import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatPlan, graphResult, handoverResult, matrixResult, nextOfHandover } from "../../src/cli/format-handover.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";
import { aftermathFlags, parseCount } from "../../src/cli/route-flags.ts";

export default class HandoverPlan extends ProjectCommand<typeof HandoverPlan> {
  static override summary = "Plan who takes over the protocol, or go on with such a plan.";
  static override description =
    "Reads every privilege, compares it with the target, and proves on a fork that the new can and the old cannot: each privileged call is tried " +
    "in the name of each account. Stages go in a safe order (grant, canary, only then revoke), each an ordinary proposal. Run it again " +
    "when a stage is done: it proposes the next one, and none before every canary was executed and verified. A target is a file, or safe, " +
    "governor or stake. Handing over to votes is refused where they would not reach their quorum.";
  static override args = {
    target: Args.string({ description: "A handover file (YAML), or safe, governor, stake.", required: true }),
  };
  static override flags = {
    ...aftermathFlags,
    to: Flags.string({ helpValue: "ADDRESS", summary: "Who takes over: an address or a registered name." }),
    delay: Flags.string({ helpValue: "BLOCKS", summary: "Blocks a Governor waits between staging and executing." }),
    "delay-seconds": Flags.string({ helpValue: "SECONDS", summary: "Seconds a timelock waits, if longer than its minimum." }),
    "accept-turnout": Flags.string({ helpValue: "REASON", summary: "Hand over to votes although they may not reach their quorum; the reason is kept." }),
    "dry-run": Flags.boolean({ summary: "Do everything but write and send." }),
  };
  static override examples = [
    "<%= config.bin %> handover plan safe --to 0x… --dry-run",
    "<%= config.bin %> handover plan handover.yaml",
    '<%= config.bin %> handover plan stake --accept-turnout "three delegates with 40% have promised to vote"',
  ];

  protected override async execute(): Promise<Outcome> {
    const { target: reference } = this.args;
    const { to, delay } = this.flags;
    const given = to === undefined || !/^0x|:/i.test(to) ? to : this.address(to, "--to");
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const [{ loadTarget }, { planHandover }] = await Promise.all([import("../../src/handover/target/load-target.ts"), import("../../src/handover/plan-handover.ts")]);
    const planned = await planHandover(project, await loadTarget(reference, given), {
      producedBy: producedBy(),
      dryRun: this.flags["dry-run"],
      acceptTurnout: this.flags["accept-turnout"],
      delayBlocks: delay === undefined ? undefined : parseCount(delay, "--delay", 0n),
      delaySeconds: this.flags["delay-seconds"] === undefined ? undefined : parseCount(this.flags["delay-seconds"], "--delay-seconds", 0n),
    });
    const { record, progress, proposed, reportPath, isNew } = planned;
    return {
      result: {
        ...handoverResult(record, progress),
        isNew,
        graph: graphResult(record.graph),
        moves: record.moves,
        matrix: { before: matrixResult(record.before), after: matrixResult(record.after) },
        proofs: record.proofs,
        turnout: record.turnout,
        proposed: proposed === undefined ? null : proposalOutcome(proposed).result,
        report: reportPath ?? null,
      },
      text: () => formatPlan(planned),
      next: this.flags["dry-run"] ? undefined : (proposed === undefined ? nextOfHandover(record, progress) : proposalOutcome(proposed).next),
      exit: proposed === undefined && progress.some(({ state }) => state === "open") ? Exit.waiting : Exit.done,
    };
  }
}
