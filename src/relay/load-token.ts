import { readFile, stat } from "node:fs/promises";
import { Exit, LpctlError } from "../errors.ts";

/**
 * The token in a file, without the end of its line. A file that others can read is refused: whoever has the token may read
 * and add to everything that waits for signatures.
 * @throws LPCTL_RELAY_TOKEN_EXPOSED
 */
export async function loadToken(path: string): Promise<string> {
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new LpctlError({
      code: "LPCTL_RELAY_TOKEN_EXPOSED",
      exit: Exit.refused,
      message: `${path} can be read by other users of this machine`,
      next: `chmod 600 ${path}; better still, make a new token`,
    });
  }
  return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
}
