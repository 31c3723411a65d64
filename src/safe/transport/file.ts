import { existsSync } from "node:fs";
import { Exit, LpctlError } from "../../errors.ts";
import { formatBundle, mergeBundles } from "../bundle.ts";
import { loadBundle, writeBundle } from "../bundle-file.ts";
import { newSigners, pulledBundle } from "./transport.ts";
import type { Transport } from "./transport.ts";

/**
 * One bundle in one file. It carries the transaction that is in it, and no other.
 * @throws LPCTL_BUNDLE_OTHER_FILE when another transaction is pushed into it
 */
export function fileTransport(path: string): Transport {
  return {
    name: `the file ${path}`,
    kind: "file",
    async pull(safe, sinceNonce) {
      if (!existsSync(path)) return [];
      const bundle = await loadBundle(path);
      return bundle.safe.address === safe && bundle.transaction.nonce >= sinceNonce ? [pulledBundle(bundle)] : [];
    },
    async push(bundle) {
      const present = existsSync(path) ? await loadBundle(path) : undefined;
      if (present !== undefined && present.id !== bundle.id) {
        throw new LpctlError({
          code: "LPCTL_BUNDLE_OTHER_FILE",
          exit: Exit.usage,
          message: `${path} exists and is not this Safe transaction`,
          why: `it holds ${present.hashes.safeTxHash} (nonce ${present.transaction.nonce})`,
          next: "Name another file, or move that one away",
        });
      }
      const merged = present === undefined ? bundle : mergeBundles(present, bundle);
      const changed = present === undefined || formatBundle(merged) !== formatBundle(present);
      if (changed) await writeBundle(path, merged);
      return { changed, signatures: newSigners(present?.signatures ?? [], merged.signatures), refused: [], findings: [] };
    },
  };
}
