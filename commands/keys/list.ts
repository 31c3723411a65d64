import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { keystoreFolders } from "../../src/cli/key-flags.ts";
import { listConfiguredKeys } from "../../src/cli/known-keys.ts";
import { formatTable } from "../../src/cli/table.ts";

export default class KeysList extends BaseCommand<typeof KeysList> {
  static override summary = "Keys that lpctl knows: keystore files, its own and Foundry's, and those named in lpctl.yaml.";
  static override description = "Lists what the files say. Whether a device, program, node or browser has the key: lpctl keys show NAME.";
  static override examples = ["<%= config.bin %> keys list"];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { listKeystores } = await import("../../src/keys/keystore.ts");
    const folders = keystoreFolders(config);
    const [files, configured] = await Promise.all([listKeystores(folders), listConfiguredKeys(config)]);
    const keys = files.map((file) => ({ ...file, kind: "keystore" as const }));
    const rows = [
      ...configured.map(({ name, kind, address, where, network }) => ({ name, kind, address, where, note: `network ${network}` })),
      ...keys.map(({ name, kind, address, path, findings }) => ({ name, kind, address, where: path, note: findings.map(({ title }) => title).join("; ") })),
    ];
    return {
      result: { folders, keys, configured },
      text: () =>
        rows.length === 0
          ? `No keystore files in ${folders.join(" or ")}`
          : formatTable(rows, [
              { header: "NAME", value: (row) => row.name },
              { header: "KIND", value: (row) => row.kind },
              { header: "ADDRESS", value: (row) => row.address ?? "(in the encrypted part)" },
              { header: "WHERE", value: (row) => row.where },
              { header: "NOTE", value: (row) => row.note },
            ]),
      next: rows.length === 0 ? "lpctl keys new NAME" : undefined,
    };
  }
}
