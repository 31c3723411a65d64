import { readFile } from "node:fs/promises";
import { errnoOf } from "./errno-of.ts";

/** The text of a file; undefined when there is none, or no folder it could be in. Every other failure is thrown as it is. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}
