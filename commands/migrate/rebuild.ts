import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { divertConsole } from "../../src/cli/divert-console.ts";
import { keyFlags } from "../../src/cli/key-flags.ts";
import { scriptArg, senderOf } from "../../src/cli/migrate-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class MigrateRebuild extends ProjectCommand<typeof MigrateRebuild> {
  static override summary = "Write a migration's journal anew from the chain, when it was lost or damaged.";
  static override description =
    "Each operation's predicate says whether it is on the chain, and the project's proposals say what was asked of others. A damaged " +
    "journal is moved aside, one that can be read and says what is so is left alone. Refused while the sender has transactions under way: wait until they " +
    "are mined. Nothing is signed or sent.";
  static override args = { script: scriptArg };
  static override flags = {
    ...keyFlags,
    "not-sent": Flags.string({ multiple: true, helpValue: "ID", summary: "Operation of several transactions of which none was sent, as you have seen yourself; repeat for more." }),
  };
  static override examples = ["<%= config.bin %> migrate rebuild 3 --key deployer"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("read");
    const { findScript, loadScript } = await import("../../src/migration/script/load-script.ts");
    const { rebuildJournal } = await import("../../src/migration/run/rebuild-journal.ts");
    divertConsole();
    const script = await loadScript(findScript(project.folder, this.args.script));
    const sender = await senderOf(await this.loadConfig(), await this.network("read"), this.flags);
    const rebuilt = await rebuildJournal(project, script, { sender, notSent: this.flags["not-sent"] ?? [] });
    const { operations, enacted, elsewhere, open, movedTo } = rebuilt;
    return {
      result: { migration: script.name, operations, enacted, elsewhere, open, movedTo: movedTo ?? null },
      text: () =>
        [
          `The journal of ${script.name} stands again: ${enacted} of ${operations} operations are on the chain, ${open} are open${elsewhere.length === 0 ? "" : ` (proposed: ${elsewhere.join(", ")})`}.`,
          ...(movedTo === undefined ? [] : [`The damaged one is now ${movedTo}`]),
        ].join("\n"),
      next: `lpctl migrate run ${this.args.script} --key NAME`,
    };
  }
}
