import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatTable } from "../../src/cli/table.ts";
import { printable } from "../../src/protocol/printable.ts";

export default class MigrateStatus extends ProjectCommand<typeof MigrateStatus> {
  static override summary = "Migrations of this project and where each stands on this network.";
  static override description =
    "Read from the journals, and from the chain where a proposal has to be decided elsewhere: what each waits for, and until when. No " +
    "script is run: that an operation may not be done before some time is what the last run found.";
  static override args = { script: Args.string({ description: "Number, name or path of one script. Default: all." }) };
  static override examples = ["<%= config.bin %> migrate status", "<%= config.bin %> migrate status 3 --json"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { findScript, nameOf } = await import("../../src/migration/script/load-script.ts");
    const { listMigrations } = await import("../../src/migration/run/list-migrations.ts");
    const only = this.args.script === undefined ? undefined : nameOf(findScript(project.folder, this.args.script));
    const migrations = await listMigrations(project, only);
    const open = migrations.find(({ state }) => state === "under way" || state === "waiting" || state === "blocked");
    return {
      result: { migrations },
      text: () =>
        migrations.length === 0
          ? "No migration scripts yet"
          : formatTable(migrations, [
              { header: "MIGRATION", value: ({ name }) => name },
              { header: "STATE", value: ({ state }) => state },
              { header: "WHERE IT STANDS", value: ({ summary }) => printable(summary) },
            ]),
      next: migrations.length === 0 ? "lpctl migrate new NAME" : open === undefined ? undefined : open.waitingFor !== null ? open.waitingFor.next : `lpctl migrate run ${Number.parseInt(open.name, 10)} --key NAME`,
    };
  }
}
