import { readFile } from "node:fs/promises";
import { Exit, LpctlError } from "../errors.ts";
import { replaceFile } from "../replace-file.ts";
import { formatBundle, parseBundle } from "./bundle.ts";
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
 * Writes a bundle in one step; a failure leaves the old file as it was.
 * @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN
 */
export async function writeBundle(path: string, bundle: SafeBundle): Promise<void> {
  await replaceFile(path, formatBundle(bundle));
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
