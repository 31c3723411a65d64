import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { keyFlags } from "../../src/cli/key-flags.ts";
import { lookAtKey } from "../../src/cli/known-keys.ts";
import { isNoNetworkChosen } from "../../src/config/is-no-network-chosen.ts";
import type { ResolvedNetwork } from "../../src/config/resolve-network.ts";

export default class KeysShow extends BaseCommand<typeof KeysShow> {
  static override summary = "Ask a key's device, program, node or browser for its address, and compare.";
  static override description =
    "With --test-signature the key also signs a note that counts nowhere, and the signature is checked: the way to find out that everything works before it matters. An address that differs is refused.";
  static override args = { name: Args.string({ required: true, description: "A name from lpctl.yaml, a keystore's name, address or path." }) };
  static override flags = {
    "test-signature": Flags.boolean({ summary: "Have a note signed that is valid nowhere." }),
    "password-file": keyFlags["password-file"],
  };
  static override examples = ["<%= config.bin %> keys show owner-1", "<%= config.bin %> keys show owner-1 --test-signature"];

  protected override async execute(): Promise<Outcome> {
    const { name } = this.args;
    const key = await lookAtKey(await this.loadConfig(), await this.networkIfAny(), name, {
      testSignature: this.flags["test-signature"],
      "password-file": this.flags["password-file"],
    });
    const checked = {
      none: key.kind === "keystore" ? "" : "not asked",
      address: "it answered with this address",
      signature: "a test signature of this address was given and checked",
    }[key.checked];
    return {
      result: { name, ...key },
      text: [`${name}  ${key.address ?? "(address in the encrypted part)"}  ${key.kind}`, key.where, ...(checked === "" ? [] : [checked])].join("\n"),
      next: key.checked === "none" ? `lpctl keys show ${name} --test-signature` : undefined,
    };
  }

  /** A keystore file needs no network. */
  private async networkIfAny(): Promise<ResolvedNetwork | undefined> {
    try {
      return await this.network("read");
    } catch (error) {
      if (isNoNetworkChosen(error)) return undefined;
      throw error;
    }
  }
}
