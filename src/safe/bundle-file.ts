import { createReadStream, existsSync } from "node:fs";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { replaceFile } from "../replace-file.ts";
import { formatBundle, mergeBundles, parseBundle } from "./bundle.ts";
import type { SafeBundle } from "./bundle.ts";

/** More than any Safe transaction needs. */
const LARGEST_FILE_BYTES = 16_000_000;

/** @throws LPCTL_BUNDLE_NOT_FOUND, LPCTL_BUNDLE_UNREADABLE, and whatever `parseBundle` finds wrong */
export async function loadBundle(path: string): Promise<SafeBundle> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    if (cause instanceof LpctlError) throw cause;
    const missing = errnoOf(cause) === "ENOENT";
    throw new LpctlError({
      code: missing ? "LPCTL_BUNDLE_NOT_FOUND" : "LPCTL_BUNDLE_UNREADABLE",
      exit: Exit.usage,
      message: missing ? `There is no bundle at ${path}.` : `The bundle ${path} cannot be read.`,
      why: missing ? undefined : errnoOf(cause),
      next: "Make one: lpctl safe export",
      cause,
    });
  }
  return parseBundle(text, path);
}

/** To an end: what is beside a proposal comes with a repository, and may be a link to something that has none. */
async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_FILE_BYTES) {
      throw new LpctlError({ code: "LPCTL_BUNDLE_INVALID", exit: Exit.refused, message: `${path} is far too large for a bundle.`, next: "Ask for the file again, or export it again: lpctl safe export" });
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The bundle with the signatures that a file of the same transaction has, where there is such a file already.
 * @throws LPCTL_BUNDLE_OTHER_FILE when the file is anything else: what it holds may be nowhere else
 */
export async function withSignaturesOf(path: string, bundle: SafeBundle): Promise<SafeBundle> {
  if (!existsSync(path)) return bundle;
  const found = await loadBundle(path).catch((error: unknown) => {
    if (error instanceof LpctlError) return undefined;
    throw error;
  });
  if (found?.id === bundle.id) return mergeBundles(bundle, found);
  throw new LpctlError({
    code: "LPCTL_BUNDLE_OTHER_FILE",
    exit: Exit.usage,
    message: `${path} exists and is not this Safe transaction`,
    why: "it may hold signatures that are nowhere else",
    next: "Name another file with --output, or move that one away",
  });
}

/**
 * Writes a bundle in one step; a failure leaves the old file as it was.
 * @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN
 */
export async function writeBundle(path: string, bundle: SafeBundle): Promise<void> {
  await replaceFile(path, formatBundle(bundle));
}
