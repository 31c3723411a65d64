import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { replaceFile } from "../replace-file.ts";
import { formatBundle, mergeBundles, parseBundle } from "./bundle.ts";
import type { SafeBundle } from "./bundle.ts";

/** @throws LPCTL_BUNDLE_NOT_FOUND, LPCTL_BUNDLE_UNREADABLE, and whatever `parseBundle` finds wrong */
export async function loadBundle(path: string): Promise<SafeBundle> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
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
