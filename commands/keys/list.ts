import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { keystoreFolders } from "../../src/cli/key-flags.ts";
import { formatTable } from "../../src/cli/table.ts";

export default class KeysList extends BaseCommand<typeof KeysList> {
  static override summary = "Encrypted keystore files: lpctl's own and Foundry's.";
  static override examples = ["<%= config.bin %> keys list"];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { listKeystores } = await import("../../src/keys/keystore.ts");
    const folders = keystoreFolders(config);
    const keys = await listKeystores(folders);
    return {
      result: { folders, keys },
      text: () =>
        keys.length === 0
          ? `No keystore files in ${folders.join(" or ")}`
          : formatTable(keys, [
              { header: "NAME", value: (row) => row.name },
              { header: "ADDRESS", value: (row) => row.address ?? "(in the encrypted part)" },
              { header: "FILE", value: (row) => row.path },
              { header: "NOTE", value: (row) => row.findings.map(({ title }) => title).join("; ") },
            ]),
      next: keys.length === 0 ? "lpctl keys new NAME" : undefined,
    };
  }
}
