import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";
import { parseCount, proposeFlags, readEffects } from "../../src/cli/route-flags.ts";

export default class ParamsSet extends ProjectCommand<typeof ParamsSet> {
  static override summary = "Propose new values for parameters.";
  static override description =
    "Makes one proposal for all NAME VALUE pairs: checks bounds and scale, simulates the whole route, writes the report and " +
    "prepares the Safe transaction. Nothing is sent. Values are written as people say them (\"1 in 500\", \"0.5%\", \"7 rounds\") " +
    "or as the raw integer.";
  static override usage = "params set NAME VALUE [NAME VALUE…]";
  static override strict = false;
  static override flags = {
    ...proposeFlags,
    raw: Flags.boolean({ summary: "Take raw integers as they stand, even where another scale was probably meant." }),
  };
  static override examples = [
    "<%= config.bin %> params set verificationRate 500",
    '<%= config.bin %> params set verificationPeriod "120 blocks" verificationSlashingPeriod "120 blocks"',
    "<%= config.bin %> params set finderFee 5% --dry-run",
  ];

  protected override async execute(): Promise<Outcome> {
    const pairs = this.pairs("NAME VALUE");
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const { proposeParameters } = await import("../../src/lifecycle/propose-parameters.ts");
    const proposed = await proposeParameters(
      project,
      pairs.map(([name, value]) => ({ name, value, acceptRaw: this.flags.raw })),
      {
        delayBlocks: parseCount(this.flags.delay, "--delay", project.delayBlocks),
        delaySeconds: parseCount(this.flags["delay-seconds"], "--delay-seconds", 0n),
        effects: await readEffects(this.flags.effects),
        dryRun: this.flags["dry-run"],
        producedBy: producedBy(),
      },
    );
    return proposalOutcome(proposed);
  }
}
