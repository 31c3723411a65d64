import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { configuredTransports } from "../../src/cli/configured-transports.ts";
import { formatSafeQueue } from "../../src/cli/format-safe-queue.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { QueueEntry } from "../../src/lifecycle/nonces/safe-queue.ts";

export default class SafeQueue extends ProjectCommand<typeof SafeQueue> {
  static override summary = "What wants the nonces of a Safe: what is next, what waits, what excludes what, and what to type for each.";
  static override description =
    "Puts together this project's proposals and rejections, what your own keys have signed, what the Safe service has where one is configured, " +
    "and the chain. A service that does not answer is named and does no harm.";
  static override args = { safe: Args.string({ description: "Address. Default: the Safe on the way to the Controller." }) };
  static override flags = {
    all: Flags.boolean({ summary: "Also what is over and belongs to no proposal of this project." }),
  };
  static override examples = ["<%= config.bin %> safe queue", "<%= config.bin %> safe queue 0x… --all"];

  protected override async execute(): Promise<Outcome> {
    const address = this.args.safe === undefined ? undefined : this.address(this.args.safe, "SAFE");
    const project = await this.openProject("read");
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const { readSafeQueue } = await import("../../src/lifecycle/nonces/safe-queue.ts");
    const safe = await findSafe(project, address);
    const transports = await configuredTransports(await this.network("read"), project.chainId);
    const queue = await readSafeQueue(project, safe, { all: this.flags.all, transports });
    const { entries, missing, sinceBlock } = queue;
    return {
      result: { safe: safe.address, nonce: safe.nonce, threshold: safe.threshold, queue: entries, missing, sinceBlock },
      text: () => formatSafeQueue(queue, safe),
      next: nextStep(entries),
    };
  }
}

/** What can be executed now comes before what has to be signed. Which side of a conflict is to happen is for a person to say. */
function nextStep(entries: readonly QueueEntry[]): string | undefined {
  const open = entries.filter(({ state, next }) => next !== null && !["dead", "failed", "conflict"].includes(state));
  return (open.find(({ missing, state }) => missing === 0 && state !== "gap") ?? open[0])?.next ?? undefined;
}
