import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { errnoOf } from "./errno-of.ts";
import { Exit, LpctlError } from "./errors.ts";

/**
 * Writes a whole file in one step: readers see the old bytes or the new ones, never half a file, whatever happens between.
 * @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN; the old file is then as it was
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw notWritten(path, cause);
  }
}

/** Why a file that belongs to a whole could not be written, as an error for people. @param cause what the disk said */
export function notWritten(path: string, cause: unknown): LpctlError {
  const reason = errnoOf(cause);
  const full = reason === "ENOSPC" || reason === "EDQUOT";
  return new LpctlError({
    code: full ? "LPCTL_DISK_FULL" : "LPCTL_FILE_NOT_WRITTEN",
    exit: Exit.failed,
    message: `${path} could not be written`,
    why: full ? "the disk is full" : reason,
    next: full ? "Free some space and run the command again; nothing was changed" : "Check the folder and its permissions; nothing was changed",
    cause,
  });
}
