import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { notSaved } from "../format/save-snapshot.ts";
import { folderTaken } from "./take-errors.ts";

/**
 * Makes sure, before hours of reading, that a snapshot can be written into a folder: nothing is there, and folders can be made. Leaves
 * nothing behind.
 * @throws LPCTL_SNAPSHOT_EXISTS, LPCTL_FILE_NOT_WRITTEN, LPCTL_DISK_FULL
 */
export function requirePlace(folder: string): void {
  if (existsSync(folder === "" ? "." : folder)) return requireEmpty(folder === "" ? "." : folder);
  const path = resolve(folder);
  let first: string | undefined;
  try {
    first = mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw notSaved(folder, cause);
  }
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) {
    try {
      rmdirSync(made);
    } catch {
      // Somebody else has put something there meanwhile.
      return;
    }
  }
}

function requireEmpty(folder: string): void {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    throw folderTaken(folder, "It is no folder.");
  }
  if (entries.length > 0) throw folderTaken(folder, entries.includes("manifest.json") ? "It holds a snapshot." : "It is not empty.");
}
