import * as Flags from "@oclif/core/flags";
import type { Config } from "../config/config.ts";
import { readEnvironment } from "../config/environment.ts";
import type { ResolvedNetwork } from "../config/resolve-network.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Signer } from "../keys/signer.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { askPassword } from "./prompts.ts";

/** Flags of every command that signs or sends. There is no flag for a private key, and there will be none. */
export const keyFlags = {
  key: Flags.string({ helpValue: "NAME", summary: "Key to use: a name from lpctl.yaml, a keystore's name, address or path." }),
  "password-file": Flags.string({ helpValue: "PATH", summary: "File with the keystore's password (- reads stdin)." }),
};

/** Folders with keystore files: the configured one, then Foundry's. */
export function keystoreFolders(config: Config): string[] {
  return [config.keysDirectory.value, readEnvironment().foundryKeystores];
}

/**
 * Unlocks the key a person chose, asking for its password where no file gives it.
 * @param network its `keys` are found by name first; undefined when no network is involved
 * @throws LPCTL_KEYS_NOT_CHOSEN, _NOT_FOUND, _WRONG_PASSWORD, _UNREADABLE; LPCTL_PROMPT_REFUSED
 */
export async function loadSigner(
  config: Config,
  network: Pick<ResolvedNetwork, "keys"> | undefined,
  flags: { key?: string | undefined; "password-file"?: string | undefined },
): Promise<Signer> {
  const { findKeystore, listKeystores, unlockKeystore } = await import("../keys/keystore.ts");
  const names = Object.keys(network?.keys ?? {});
  if (flags.key === undefined) {
    const stored = (await listKeystores(keystoreFolders(config))).map(({ name }) => name);
    throw new LpctlError({
      code: "LPCTL_KEYS_NOT_CHOSEN",
      exit: Exit.usage,
      message: "This command signs, and no key was chosen",
      why: names.length + stored.length === 0 ? "no key is known" : `known keys: ${[...names, ...stored].join(", ")}`,
      next: names.length + stored.length === 0 ? "lpctl keys new NAME, or lpctl keys import NAME" : `Add --key ${names[0] ?? stored[0] ?? "NAME"}`,
    });
  }
  const configured = network?.keys[flags.key];
  if (configured !== undefined) {
    const password = await askPassword({
      message: `Password of ${flags.key}`,
      file: flags["password-file"] ?? configured.passwordFile,
    });
    return unlockKeystore({ path: configured.keystore }, password);
  }
  const entry = await findKeystore(keystoreFolders(config), flags.key).catch((error: unknown) => {
    const near = nearestName(flags.key ?? "", names);
    if (near === undefined || !(error instanceof LpctlError) || error.code !== "LPCTL_KEYS_NOT_FOUND") throw error;
    throw new LpctlError({
      code: error.code,
      exit: error.exit,
      message: error.message,
      why: `known keys: ${names.join(", ")}`,
      next: `Did you mean --key ${near}?`,
    });
  });
  return unlockKeystore(entry, await askPassword({ message: `Password of ${entry.name}`, file: flags["password-file"] }));
}
