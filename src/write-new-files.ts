import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "./errno-of.ts";
import { Exit, LpctlError } from "./errors.ts";

/**
 * Writes files that are not there yet, all of them or none: never over a file, and never one without those that it names.
 * @returns their paths
 * @throws LPCTL_FILE_EXISTS
 */
export async function writeNewFiles(files: readonly { path: string; content: string }[]): Promise<string[]> {
  const written: string[] = [];
  try {
    for (const { path, content } of files) {
      await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
        throw errnoOf(cause) === "EEXIST" ? inTheWay(`${dirname(path)} is a file, and no folder that anything could be written to.`, cause) : cause;
      });
      const file = await open(path, "wx").catch((cause: unknown) => {
        throw errnoOf(cause) === "EEXIST" ? inTheWay(`${path} is there already, and is not overwritten.`, cause) : cause;
      });
      written.push(path);
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
    }
    return written;
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
}

function inTheWay(message: string, cause: unknown): LpctlError {
  return new LpctlError({ code: "LPCTL_FILE_EXISTS", exit: Exit.usage, message, next: "Name another file, or move that one away.", cause });
}
