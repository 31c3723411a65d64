import { existsSync } from "node:fs";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { mergeBundles, type SafeBundle } from "../safe/bundle.ts";
import { loadBundle, writeBundle } from "../safe/bundle-file.ts";
import { newSigners } from "../safe/transport/transport.ts";

export interface MergedFiles {
  path: string;
  bundle: SafeBundle;
  /** Owners whose signatures the file at `path` had not before. */
  added: Address[];
}

/**
 * The union of the signatures of several files of one Safe transaction. Asks no chain: whether the signers are owners is asked when
 * it is imported, signed or executed.
 * @param output undefined: into the first file. What a file of the same transaction there holds stays in it.
 * @throws LPCTL_BUNDLE_DIFFERENT naming the files of each transaction, LPCTL_BUNDLE_OTHER_FILE, and what loadBundle throws
 */
export async function mergeFiles(files: readonly string[], output: string | undefined): Promise<MergedFiles> {
  const loaded = await Promise.all(files.map(async (file) => ({ file, bundle: await loadBundle(file) })));
  const [first, ...others] = loaded;
  if (first === undefined) throw new TypeError("there is at least one file");
  const stranger = others.find(({ bundle }) => bundle.id !== first.bundle.id);
  if (stranger !== undefined) throw different(loaded);
  const path = output ?? first.file;
  const present = existsSync(path) ? await loadBundle(path) : undefined;
  if (present !== undefined && present.id !== first.bundle.id) {
    throw new LpctlError({
      code: "LPCTL_BUNDLE_OTHER_FILE",
      exit: Exit.usage,
      message: `${path} exists and is not this Safe transaction`,
      why: `it holds ${present.hashes.safeTxHash} (nonce ${present.transaction.nonce})`,
      next: "Name another file with --output, or move that one away",
    });
  }
  const bundle = mergeBundles(first.bundle, ...others.map((other) => other.bundle), ...(present === undefined ? [] : [present]));
  await writeBundle(path, bundle);
  return { path, bundle, added: newSigners(present?.signatures ?? [], bundle.signatures) };
}

function different(loaded: readonly { file: string; bundle: SafeBundle }[]): LpctlError {
  const groups = new Map<string, { bundle: SafeBundle; files: string[] }>();
  for (const { file, bundle } of loaded) {
    const group = groups.get(bundle.id) ?? { bundle, files: [] };
    group.files.push(file);
    groups.set(bundle.id, group);
  }
  const found = [...groups.values()];
  const oneHash = new Set(found.map(({ bundle }) => bundle.hashes.safeTxHash)).size === 1;
  const each = found.map(({ bundle, files }) => `${files.join(", ")}: ${bundle.hashes.safeTxHash} (nonce ${bundle.transaction.nonce}, chain ${bundle.chainId}, Safe ${bundle.safe.address}, proposal ${bundle.proposalId ?? "none"})`);
  return new LpctlError({
    code: "LPCTL_BUNDLE_DIFFERENT",
    exit: Exit.refused,
    message: `The files are of ${found.length} Safe transactions`,
    why: `${each.join("; ")}${oneHash ? "; they sign the same hash and differ in the proposal or the Safe's code" : ""}`,
    next: "Merge the files of each alone",
    details: { transactions: found.map(({ bundle, files }) => ({ safeTxHash: bundle.hashes.safeTxHash, nonce: bundle.transaction.nonce, chainId: bundle.chainId, files })) },
  });
}
