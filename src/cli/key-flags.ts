import * as Flags from "@oclif/core/flags";
import type { Config } from "../config/config.ts";
import { readEnvironment } from "../config/environment.ts";
import type { ExternalKey } from "../config/key-schema.ts";
import type { ResolvedKey, ResolvedNetwork } from "../config/resolve-network.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { ExternalSigner, Signer } from "../keys/signer.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { openBrowser } from "./open-browser.ts";
import { outputMode, writeReview } from "./output.ts";
import { askPassword, canPrompt } from "./prompts.ts";

/** Flags of every command that signs or sends. There is no flag for a private key, and there will be none. */
export const keyFlags = {
  key: Flags.string({ helpValue: "NAME", summary: "Key to use: a name from lpctl.yaml, a keystore's name, address or path." }),
  "password-file": Flags.string({ helpValue: "PATH", summary: "File with the keystore's password (- reads stdin)." }),
};

interface KeyFlags {
  key?: string | undefined;
  "password-file"?: string | undefined;
}

/** Folders with keystore files: the configured one, then Foundry's. */
export function keystoreFolders(config: Config): string[] {
  return [config.keysDirectory.value, readEnvironment().foundryKeystores];
}

/**
 * The key a person chose, ready to sign. A keystore is unlocked, its password asked for where no file gives it; a key elsewhere
 * is not asked for anything yet, and whatever it answers later is recovered and compared (`guardedSigner`).
 * @param network its `keys` are found by name first; undefined when no network is involved
 * @param use `send` for a command that sends transactions: a key that cannot is refused here, before anything is done
 * @throws LPCTL_KEYS_NOT_CHOSEN, _NOT_FOUND, _WRONG_PASSWORD, _UNREADABLE, _CANNOT_SEND; LPCTL_PROMPT_REFUSED
 */
export async function loadSigner(config: Config, network: Pick<ResolvedNetwork, "keys"> | undefined, flags: KeyFlags, use: "sign" | "send" = "sign"): Promise<Signer> {
  const { findKeystore, listKeystores, unlockKeystore } = await import("../keys/keystore.ts");
  const keys = network?.keys ?? {};
  const names = Object.keys(keys);
  if (flags.key === undefined) {
    const stored = (await listKeystores(keystoreFolders(config))).map(({ name }) => name);
    throw new LpctlError({
      code: "LPCTL_KEYS_NOT_CHOSEN",
      exit: Exit.usage,
      message: "This command signs, and no key was chosen",
      why: names.length + stored.length === 0 ? "no key is known" : `known keys: ${[...names, ...stored].join(", ")}`,
      next: names.length + stored.length === 0 ? "lpctl keys new NAME, or lpctl keys import NAME" : `Add --key NAME with one of them`,
    });
  }
  const configured = configuredKey(keys, flags.key);
  if (configured !== undefined && !("keystore" in configured)) return openGuarded(configured, use);
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

/** A key of lpctl.yaml by its name, or, where the file says it, by its address. */
export function configuredKey(keys: Record<string, ResolvedKey>, wanted: string): ResolvedKey | undefined {
  if (Object.hasOwn(keys, wanted)) return keys[wanted];
  return Object.values(keys).find((key) => "address" in key && key.address.toLowerCase() === wanted.toLowerCase());
}

/**
 * The way to a key that is no keystore file, unguarded: for asking it which addresses it has.
 * @throws LPCTL_PROMPT_REFUSED for a browser wallet, where nobody would see the page's address
 */
export async function openExternalKey(key: ExternalKey & { folder: string }): Promise<ExternalSigner> {
  if ("browser" in key && (outputMode().json || outputMode().noInput)) {
    throw new LpctlError({
      code: "LPCTL_PROMPT_REFUSED",
      exit: Exit.usage,
      message: "This key is in a browser wallet and needs a person who opens a page.",
      why: outputMode().json ? "--json shows nothing but its document." : "Prompts are off (--no-input or LPCTL_NO_INPUT).",
      next: "Leave that flag out, or choose another key with --key NAME.",
    });
  }
  const { openKey } = await import("../keys/open-key.ts");
  return openKey(key, { say: writeReview, openBrowser: canPrompt() ? openBrowser : undefined });
}

async function openGuarded(key: ExternalKey & { folder: string }, use: "sign" | "send"): Promise<Signer> {
  const inner = await openExternalKey(key);
  const { guardedSigner } = await import("../keys/guarded-signer.ts");
  if (use === "send" && !inner.canSend) throw (await import("../keys/cannot-send.ts")).cannotSend(inner.kind);
  const { recordIncident } = await import("../safe/signature-ledger.ts");
  const { signatureLedgerPath } = await import("../config/ledger-path.ts");
  return guardedSigner(inner, (incident) => recordIncident(signatureLedgerPath(), incident));
}
