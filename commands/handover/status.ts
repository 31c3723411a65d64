import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatHandoverStatus, handoverResult, matrixResult, nextOfHandover } from "../../src/cli/format-handover.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class HandoverStatus extends ProjectCommand<typeof HandoverStatus> {
  static override summary = "Where a handover stands, and who can what now.";
  static override description =
    "Which stages have happened is read from the chain. Every privileged call is tried again in the name of every account, without sending " +
    "anything; when all stages are done, that shows that the new can and the old cannot.";
  static override args = {
    name: Args.string({ description: "Of the handover; the only one where there is one." }),
  };
  static override flags = {
    try: Flags.boolean({ allowNo: true, default: true, summary: "Try every privileged call. --no-try: only the stages." }),
  };
  static override examples = ["<%= config.bin %> handover status", "<%= config.bin %> handover status to-stake --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { readHandoverStatus } = await import("../../src/handover/read-handover-status.ts");
    const status = await readHandoverStatus(project, this.args.name, { tries: this.flags.try });
    const { record, progress, isOver, now, proofs } = status;
    const broken = proofs.find(({ holds }) => !holds);
    return {
      result: { ...handoverResult(record, progress), isOver, matrix: now === undefined ? null : matrixResult(now), proofs },
      text: () => formatHandoverStatus(status),
      next: nextOfHandover(record, progress),
      exit: isOver ? Exit.done : Exit.waiting,
      failure:
        broken === undefined
          ? undefined
          : new LpctlError({ code: "LPCTL_HANDOVER_DIFFERENT", exit: Exit.different, message: `All stages are done, and yet it does not hold: ${broken.what}`, why: broken.detail, next: "lpctl authority show Controller" }),
    };
  }
}
