import { basename, dirname, join } from "node:path";
import { writeNewFiles } from "../write-new-files.ts";

/** Where the list lies beside a genesis file. */
export function recipientsPathOf(path: string): string {
  return `${basename(path).replace(/\.ya?ml$/, "")}-recipients.txt`;
}

/**
 * Writes a genesis file and its list, both or none, and never over a file that is there.
 * @throws LPCTL_FILE_EXISTS
 */
export async function writeGenesisOfSnapshot(path: string, { yaml, recipients }: { yaml: string; recipients: string }): Promise<string[]> {
  return writeNewFiles([
    { path, content: yaml },
    { path: join(dirname(path), recipientsPathOf(path)), content: recipients },
  ]);
}
