import { closeSync, fsyncSync, openSync } from "node:fs";

/** Brings the entries of a folder to the disk: a new file is only safe when its folder's entry is. Windows has no such flush. */
export function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
