import { existsSync } from "node:fs";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { addSignature, mergeBundles, type BundleSignature, type SafeBundle } from "../../safe/bundle.ts";
import { loadBundle } from "../../safe/bundle-file.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import type { QrContent } from "../../safe/transport/qr.ts";
import { newSigners } from "../../safe/transport/transport.ts";
import { readImport } from "./import-file.ts";

export interface MergedFiles {
  path: string;
  bundle: SafeBundle;
  /** Owners whose signatures the file at `path` had not before. */
  added: Address[];
}

interface Source {
  file: string;
  bundle: SafeBundle;
}

/**
 * The union of the signatures of several files of one Safe transaction; the text of scanned QR codes is one too. Asks no chain:
 * whether the signers are owners is asked when it is imported, signed or executed.
 * @param output undefined: into the first file. What a file of the same transaction there holds stays in it.
 * @throws LPCTL_USAGE_FILES, LPCTL_BUNDLE_DIFFERENT naming the files of each transaction, LPCTL_BUNDLE_OTHER_FILE, and what loadBundle throws
 */
export async function mergeFiles(files: readonly string[], output: string | undefined): Promise<MergedFiles> {
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await readSignatures(file) })));
  const loaded = contents.flatMap(({ file, content }): Source[] => (content.kind === "bundle" ? [{ file, bundle: content.bundle }] : []));
  const [first, ...others] = loaded;
  if (first === undefined) throw usage("None of the files holds the transaction itself, only signatures of one", "Name the file of the transaction too");
  if (output === undefined && files[0] !== first.file) throw usage("The first file is none that signatures could be put into", "Name one with --output");
  const stranger = others.find(({ bundle }) => bundle.id !== first.bundle.id);
  if (stranger !== undefined) throw different(loaded);
  const alone = contents.flatMap(({ content }) => (content.kind === "signatures" ? [signaturesOf(first.bundle, content)] : []));
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
  const bundle = mergeBundles(first.bundle, ...others.map((other) => other.bundle), ...alone, ...(present === undefined ? [] : [present]));
  const written = await mergeIntoFile(path, bundle);
  return { path, bundle: written, added: newSigners(present?.signatures ?? [], bundle.signatures) };
}

/** @throws LPCTL_BUNDLE_NOT_FOUND, _UNREADABLE, and what the parsers throw */
async function readSignatures(file: string): Promise<QrContent> {
  const imported = await readImport(file);
  if (imported.kind !== "batch") return imported;
  throw usage(`${file} is a batch of calls, without signatures`, `lpctl safe import ${file}`);
}

/** Signatures that came without their transaction, each of whom it is said to be over this one. */
function signaturesOf(bundle: SafeBundle, { safeTxHash, signatures }: Extract<QrContent, { kind: "signatures" }>): SafeBundle {
  if (safeTxHash !== bundle.hashes.safeTxHash) {
    throw new LpctlError({ code: "LPCTL_BUNDLE_DIFFERENT", exit: Exit.refused, message: `The signatures are of ${safeTxHash}, and the transaction is ${bundle.hashes.safeTxHash}`, next: "Merge them with the file that they are of" });
  }
  return signatures.reduce((all, signature) => addSignature(all, signature), { ...bundle, signatures: [] as BundleSignature[] });
}

function usage(message: string, next: string): LpctlError {
  return new LpctlError({ code: "LPCTL_USAGE_FILES", exit: Exit.usage, message, next });
}

function different(loaded: readonly Source[]): LpctlError {
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
