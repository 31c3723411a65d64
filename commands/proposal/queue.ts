import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { QueueOutcome } from "../../src/lifecycle/simulate-queue.ts";

export default class ProposalQueue extends ProjectCommand<typeof ProposalQueue> {
  static override summary = "Run everything that is pending, in order, on one fork: what fails, and what depends on the order.";
  static override description =
    "Open proposals by the nonces of their Safe transactions, and updates that others staged on the Governor. Each is also run by itself, and " +
    "what comes out differently is told. Exit code 4 when one reverts in its turn, 3 when two write the same variable or one rests on a value that " +
    "an earlier one changes.";
  static override examples = ["<%= config.bin %> proposal queue", "<%= config.bin %> proposal queue --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const [{ atOneBlock }, { simulateQueue }, { formatQueue }] = await Promise.all([import("../../src/lifecycle/at-one-block.ts"), import("../../src/lifecycle/simulate-queue.ts"), import("../../src/cli/format-queue.ts")]);
    const queue = await simulateQueue(await atOneBlock(project));
    return { result: queue, text: () => formatQueue(queue), failure: failureOf(queue) };
  }
}

function failureOf(queue: QueueOutcome): LpctlError | undefined {
  const failing = queue.items.find(({ name }) => name === queue.firstFailing);
  if (failing !== undefined) {
    return new LpctlError({
      code: "LPCTL_QUEUE_REVERTS",
      exit: Exit.reverted,
      message: `${failing.name} reverts when its turn comes`,
      why: failing.revertReason,
      next: `lpctl proposal cancel ${failing.name}, or prepare it again when what comes before it is done`,
    });
  }
  const unmet = queue.items.find((item) => item.unmet.length > 0);
  const [conflict] = queue.conflicts;
  if (unmet === undefined && conflict === undefined) return undefined;
  return new LpctlError({
    code: "LPCTL_QUEUE_CONFLICTS",
    exit: Exit.refused,
    message: `Two of the queue do not go together: ${conflict === undefined ? (unmet?.name ?? "") : `${conflict.contract}.${conflict.path}`}`,
    why:
      conflict === undefined
        ? `an earlier one changes what it was prepared on: ${unmet?.unmet.join(", ") ?? ""}`
        : `${conflict.writers.map(({ name }) => name).join(", then ")} write it, and the last value stays`,
    next: "Cancel one of them, or prepare the later one again when the earlier one is done: lpctl proposal cancel N",
  });
}
