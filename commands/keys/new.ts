import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { askPassword } from "../../src/cli/prompts.ts";

export default class KeysNew extends BaseCommand<typeof KeysNew> {
  static override summary = "Make a new random key and keep it in an encrypted file.";
  static override description = "The file has the Web3 Secret Storage form (scrypt), mode 0600, and Foundry reads it too.";
  static override args = { name: Args.string({ required: true, description: "Name of the key." }) };
  static override flags = { "password-file": Flags.string({ helpValue: "PATH", summary: "File with the password to use (- reads stdin)." }) };
  static override examples = ["<%= config.bin %> keys new operator"];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { createKeystore } = await import("../../src/keys/keystore.ts");
    const password = await askPassword({ message: `New password for ${this.args.name}`, file: this.flags["password-file"], repeat: true });
    const key = await createKeystore({ directory: config.keysDirectory.value, name: this.args.name, password });
    return {
      result: { name: key.name, address: key.address, path: key.path },
      text: `${key.name}  ${key.address}\n${key.path}`,
      next: `lpctl proposal sign 1 --key ${key.name}`,
    };
  }
}
