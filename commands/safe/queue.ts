import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatTable } from "../../src/cli/table.ts";
import { parseAddress } from "../../src/cli/upgrade-flags.ts";

export default class SafeQueue extends ProjectCommand<typeof SafeQueue> {
  static override summary = "Safe transactions of this project's proposals, by nonce, with their signatures.";
  static override args = { safe: Args.string({ description: "Address. Default: the Safe on the way to the Controller." }) };
  static override examples = ["<%= config.bin %> safe queue"];

  protected override async execute(): Promise<Outcome> {
    const address = this.args.safe === undefined ? undefined : parseAddress(this.args.safe, "SAFE");
    const project = await this.openProject("read");
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const { readSafeQueue } = await import("../../src/lifecycle/safe-queue.ts");
    const safe = await findSafe(project, address);
    const queue = await readSafeQueue(project, safe);
    return {
      result: { safe: safe.address, nonce: safe.nonce, threshold: safe.threshold, queue },
      text: () =>
        queue.length === 0
          ? `Nothing is queued for the Safe ${safe.address} (nonce ${safe.nonce})`
          : formatTable(queue, [
              { header: "NONCE", value: (row) => String(row.nonce), align: "right" },
              { header: "STATE", value: (row) => row.state },
              { header: "SIGNATURES", value: (row) => `${row.signatures} of ${safe.threshold}` },
              { header: "PROPOSAL", value: (row) => row.proposal },
              { header: "SAFE TX HASH", value: (row) => row.safeTxHash },
            ]),
    };
  }
}
