import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { askPassword } from "../../src/cli/prompts.ts";

export default class KeysImport extends BaseCommand<typeof KeysImport> {
  static override summary = "Take over an existing key into an encrypted file of lpctl's own.";
  static override description =
    "The key is typed unseen, read from a file that only you can read, or taken from a keystore file that another program wrote (geth, Foundry, ethers). It is never taken from a flag's value or a variable.";
  static override args = { name: Args.string({ required: true, description: "Name of the key." }) };
  static override flags = {
    "private-key-file": Flags.string({ helpValue: "PATH", summary: "File with the private key in hex, mode 0600." }),
    "keystore-file": Flags.string({ helpValue: "PATH", summary: "Encrypted keystore file to take the key from.", exclusive: ["private-key-file"] }),
    "keystore-password-file": Flags.string({ helpValue: "PATH", summary: "File with the password of that keystore file.", dependsOn: ["keystore-file"] }),
    "password-file": Flags.string({ helpValue: "PATH", summary: "File with the password to use (- reads stdin)." }),
  };
  static override examples = ["<%= config.bin %> keys import owner-1", "<%= config.bin %> keys import owner-1 --keystore-file UTC--2026-01-01"];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { createKeystore } = await import("../../src/keys/keystore.ts");
    const privateKey = await this.privateKey();
    const password = await askPassword({ message: `New password for ${this.args.name}`, file: this.flags["password-file"], repeat: true });
    const key = await createKeystore({ directory: config.keysDirectory.value, name: this.args.name, password, privateKey });
    return {
      result: { name: key.name, address: key.address, path: key.path },
      text: `${key.name}  ${key.address}\n${key.path}`,
    };
  }

  private async privateKey(): Promise<string> {
    const { loadPrivateKey, loadSecretFile } = await import("../../src/keys/keystore.ts");
    const { "private-key-file": keyFile, "keystore-file": keystore, "keystore-password-file": passwordFile } = this.flags;
    if (keyFile !== undefined) return (await loadSecretFile(keyFile)).trim();
    if (keystore === undefined) return askPassword({ message: `Private key of ${this.args.name}`, file: undefined, flag: "--private-key-file" });
    return loadPrivateKey(keystore, await askPassword({ message: `Password of ${keystore}`, file: passwordFile, flag: "--keystore-password-file" }));
  }
}
