import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { askPassword } from "../../src/cli/prompts.ts";

export default class KeysImport extends BaseCommand<typeof KeysImport> {
  static override summary = "Encrypt an existing private key into a file of lpctl's own.";
  static override description =
    "The key is typed unseen, or read from a file that only you can read. It is never taken from a flag's value or a variable.";
  static override args = { name: Args.string({ required: true, description: "Name of the key." }) };
  static override flags = {
    "private-key-file": Flags.string({ helpValue: "PATH", summary: "File with the private key in hex, mode 0600." }),
    "password-file": Flags.string({ helpValue: "PATH", summary: "File with the password to use (- reads stdin)." }),
  };
  static override examples = ["<%= config.bin %> keys import owner-1"];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { createKeystore, loadSecretFile } = await import("../../src/keys/keystore.ts");
    const file = this.flags["private-key-file"];
    const privateKey =
      file === undefined
        ? await askPassword({ message: `Private key of ${this.args.name}`, file: undefined, flag: "--private-key-file" })
        : (await loadSecretFile(file)).trim();
    const password = await askPassword({ message: `New password for ${this.args.name}`, file: this.flags["password-file"], repeat: true });
    const key = await createKeystore({ directory: config.keysDirectory.value, name: this.args.name, password, privateKey });
    return {
      result: { name: key.name, address: key.address, path: key.path },
      text: `${key.name}  ${key.address}\n${key.path}`,
    };
  }
}
