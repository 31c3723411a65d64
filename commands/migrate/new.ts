import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand, type Outcome } from "../../src/cli/base-command.ts";

export default class MigrateNew extends BaseCommand<typeof MigrateNew> {
  static override summary = "Write a migration script to start from.";
  static override description =
    "Writes migrations/NNN-NAME.ts with the next number, and beside it types for editors. The script runs as it is: what it does is " +
    "harmless, and every part of it says what belongs there. With --from it is a copy of one that comes with lpctl, with constants " +
    "at its top to set: pause-protocol, unpause-protocol, partial-unbonding, fixed-point-scale, jobs-closing, jobs-to-tickets, " +
    "minter-swap, merkle-claims, merkle-claims-cancel, touch-chunks. Those about stake and the Minter want the protocol stopped: pause-protocol comes " +
    "before them, and they start it again.";
  static override args = { name: Args.string({ required: true, description: "What it is for, in a few words: lock-unbonding." }) };
  static override flags = { from: Flags.string({ helpValue: "NAME", description: "Start from a migration that comes with lpctl." }) };
  static override examples = ["<%= config.bin %> migrate new lock-unbonding", "<%= config.bin %> migrate new stop --from pause-protocol", "<%= config.bin %> migrate new new-minter --from minter-swap"];

  protected override async execute(): Promise<Outcome> {
    const { writeScript } = await import("../../src/migration/script/write-script.ts");
    const { projectFolder } = await this.loadConfig();
    const written = await writeScript(projectFolder, this.args.name, this.flags.from);
    return {
      result: written,
      text: () => [`Wrote ${written.path}`, `Wrote ${written.types}`].join("\n"),
      next: `lpctl migrate run ${Number.parseInt(written.name, 10)} --dry-run --key NAME`,
    };
  }
}
