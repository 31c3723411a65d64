import { constants } from "node:fs";
import { lstat, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import { ZERO_HASH } from "../../protocol/hex.ts";
import type { Hex } from "../../protocol/hex.ts";
import { formatBundle, mergeBundles, parseBundle } from "../bundle.ts";
import type { SafeBundle } from "../bundle.ts";
import { writeBundle } from "../bundle-file.ts";
import { asOnlyWriter } from "../one-writer.ts";
import { conflictingVersions } from "./conflicting-versions.ts";
import { NO_CLAIMS, newSigners, pulledBundle } from "./transport.ts";
import type { PulledTransaction, PushOutcome, Transport } from "./transport.ts";

/** `0x<safeTxHash>.json`; whatever else lies in the folder is somebody else's. */
const FILE_NAME = /^0x[0-9a-f]{64}\.json$/;
const LARGEST_FILE_BYTES = 8_000_000;
/** More files than this are no queue of a Safe. */
const MOST_FILES = 10_000;

/**
 * A folder, on a shared disk or in a git checkout, with one bundle for each Safe transaction. A write is a union with what is
 * there, so that nobody's signature is lost when two people write; where git left both versions of a file in it, their union counts.
 * Symbolic links are not followed.
 * @throws LPCTL_TRANSPORT_FOLDER when the folder cannot be used
 */
export function folderTransport(folder: string): Transport {
  return {
    name: `the folder ${folder}`,
    kind: "folder",
    async pull(safe, sinceNonce) {
      const names = await fileNames(folder);
      const found = await Promise.all(names.map((name) => readEntry(folder, name)));
      return found.filter(({ bundle }) => bundle === null || (bundle.safe.address === safe && bundle.transaction.nonce >= sinceNonce));
    },
    push: (bundle) => pushInto(folder, bundle),
  };
}

async function pushInto(folder: string, bundle: SafeBundle): Promise<PushOutcome> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unusable(folder, cause);
  });
  const path = join(folder, `${bundle.hashes.safeTxHash}.json`);
  const update = async (): Promise<PushOutcome> => {
    const text = await readPlainFile(path);
    if (text === undefined) {
      await writeBundle(path, bundle);
      return { changed: true, signatures: bundle.signatures.map(({ owner }) => owner), refused: [], findings: [] };
    }
    const present = parseVersions(text, path);
    const merged = mergeBundles(present, bundle);
    const changed = formatBundle(merged) !== text;
    if (changed) await writeBundle(path, merged);
    return { changed, signatures: newSigners(present.signatures, merged.signatures), refused: [], findings: [] };
  };
  return asOnlyWriter(path, update, (cause, why) => unusable(path, cause, why));
}

async function fileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (errnoOf(cause) === "ENOENT") return [];
    throw unusable(folder, cause);
  });
  const ours = names.filter((name) => FILE_NAME.test(name)).toSorted();
  if (ours.length > MOST_FILES) throw unusable(folder, undefined, `it has ${ours.length} files of Safe transactions`);
  return ours;
}

async function readEntry(folder: string, name: string): Promise<PulledTransaction> {
  const safeTxHash = name.slice(0, 66) as Hex;
  const path = join(folder, name);
  try {
    const text = await readPlainFile(path);
    if (text === undefined) return unusableEntry(safeTxHash, { severity: "info", code: "transport-file-gone", title: `${path} was removed meanwhile` });
    const bundle = parseVersions(text, path);
    if (bundle.hashes.safeTxHash === safeTxHash) return pulledBundle(bundle);
    return unusableEntry(safeTxHash, {
      severity: "refuse",
      code: "transport-file-misnamed",
      title: `${path} holds another Safe transaction than its name says`,
      detail: `it is ${bundle.hashes.safeTxHash}, nonce ${bundle.transaction.nonce}`,
    });
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return unusableEntry(safeTxHash, { severity: "refuse", code: "transport-file-unsound", title: error.message, detail: [error.code, error.why].filter((part) => part !== undefined).join(": ") });
  }
}

function unusableEntry(safeTxHash: Hex, finding: Finding): PulledTransaction {
  return { safeTxHash: FILE_NAME.test(`${safeTxHash}.json`) ? safeTxHash : ZERO_HASH, transaction: null, signatures: [], bundle: null, claims: NO_CLAIMS, findings: [finding] };
}

/** Both sides of what git could not merge, where it could not. */
function parseVersions(text: string, path: string): SafeBundle {
  const [first, ...others] = conflictingVersions(text).map((version) => parseBundle(version, path));
  if (first === undefined) throw new TypeError("a text has at least one version");
  return mergeBundles(first, ...others);
}

/** The text of a regular file; undefined when there is none. A link may lead anywhere, out of the folder too. */
async function readPlainFile(path: string): Promise<string | undefined> {
  const facts = await lstat(path).catch((cause: unknown) => {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw unreadable(path, errnoOf(cause));
  });
  if (facts === undefined) return undefined;
  if (!facts.isFile()) throw unreadable(path, facts.isSymbolicLink() ? "it is a symbolic link" : "it is no regular file");
  if (facts.size > LARGEST_FILE_BYTES) throw unreadable(path, `it has ${facts.size} bytes`);
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((cause: unknown) => {
    throw unreadable(path, errnoOf(cause));
  });
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function unreadable(path: string, why: string | undefined): LpctlError {
  return new LpctlError({ code: "LPCTL_BUNDLE_UNREADABLE", exit: Exit.refused, message: `${path} is not read`, why, next: "Find out who put it there, and remove it" });
}

function unusable(folder: string, cause: unknown, why = errnoOf(cause)): LpctlError {
  return new LpctlError({ code: "LPCTL_TRANSPORT_FOLDER", exit: Exit.network, message: `The folder of Safe transactions ${folder} cannot be used`, why, next: "Check that it is a folder, and its permissions; nothing was lost", cause });
}
