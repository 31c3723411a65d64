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
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path) && path !== dirname(path); path = dirname(path)) missing.unshift(path);
  const made: string[] = [];
  try {
    // One by one: where there can be none, as in /proc, Node tries to make them all at once for ever.
    for (const path of missing) {
      mkdirSync(path);
      made.unshift(path);
    }
  } catch (cause) {
    throw notSaved(folder, cause);
  } finally {
    made.every(tryRemove);
  }
}

/** False where somebody else has put something into it meanwhile. */
function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
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
