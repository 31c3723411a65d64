import type { ExternalKey } from "../config/key-schema.ts";
import type { KeyContext } from "./key-context.ts";
import type { ExternalSigner } from "./signer.ts";

const DEFAULT_TIMEOUT_SECONDS = 300;

/**
 * The signer for a configured key. Nothing is started or asked before the first call; only the code for its kind is loaded.
 * What it answers must go through `guardedSigner`.
 */
export async function openKey(key: ExternalKey & { folder: string }, parts: Omit<KeyContext, "timeoutSeconds">): Promise<ExternalSigner> {
  const context = { ...parts, timeoutSeconds: key.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS };
  if ("command" in key) return (await import("./command-signer.ts")).commandSigner(key, context);
  if ("ledger" in key) return (await import("./ledger-signer.ts")).ledgerSigner(key, context);
  if ("rpc" in key) return (await import("./json-rpc-signer.ts")).jsonRpcSigner(key, context);
  return (await import("./browser-signer.ts")).browserSigner(key, context);
}
