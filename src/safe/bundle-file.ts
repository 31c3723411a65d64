import { open, readFile, rename, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { Exit, LpctlError } from "../errors.ts";
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
 * Writes a bundle so that a reader sees the old file or the new one, never half of one, whatever happens between.
 * @throws LPCTL_BUNDLE_NOT_WRITTEN (disk full, no permission); the old file is then as it was
 */
export async function writeBundle(path: string, bundle: SafeBundle): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(formatBundle(bundle));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LpctlError({
      code: "LPCTL_BUNDLE_NOT_WRITTEN",
      exit: Exit.failed,
      message: `The bundle could not be written to ${path}.`,
      why: errnoOf(cause) === "ENOSPC" ? "The disk is full." : errnoOf(cause),
      next: "Free some space or choose another path; nothing was changed.",
      cause,
    });
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
