import { mkdir, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";

/** Where the list lies beside a genesis file. */
export function recipientsPathOf(path: string): string {
  return `${basename(path).replace(/\.ya?ml$/, "")}-recipients.txt`;
}

/**
 * Writes a genesis file and its list, both or none, and never over a file that is there.
 * @throws LPCTL_FORK_FILE_EXISTS
 */
export async function writeGenesisOfSnapshot(path: string, { yaml, recipients }: { yaml: string; recipients: string }): Promise<string[]> {
  const files = [
    { path: join(dirname(path), recipientsPathOf(path)), content: recipients },
    { path, content: yaml },
  ];
  await mkdir(dirname(path), { recursive: true });
  const written: string[] = [];
  try {
    for (const file of files) {
      const handle = await open(file.path, "wx").catch((cause: unknown) => {
        throw errnoOf(cause) === "EEXIST" ? exists(file.path, cause) : cause;
      });
      written.push(file.path);
      try {
        await handle.writeFile(file.content);
      } finally {
        await handle.close();
      }
    }
  } catch (error) {
    await Promise.all(written.map((each) => rm(each, { force: true })));
    throw error;
  }
  return files.map((file) => file.path).toReversed();
}

function exists(path: string, cause: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_FILE_EXISTS",
    exit: Exit.usage,
    message: `${printable(path)} is there already, and is not overwritten.`,
    next: "Name another file, or move that one away.",
    cause,
  });
}
