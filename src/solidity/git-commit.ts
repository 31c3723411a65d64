import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Hex } from "../protocol/hex.ts";

/** Recorded where the code lies in no commit. */
export const NO_COMMIT: Hex = `0x${"0".repeat(40)}`;

export interface GitCommit {
  /** sha1 of HEAD, 20 bytes: what `setContractInfo` records beside a contract. */
  hash: Hex;
  /** Files under the paths asked for that differ from HEAD or are not in it, relative to the root. */
  changed: string[];
}

/**
 * The commit a project is at, and whether the sources in question are as committed. Undefined when there is no
 * git, no repository, no commit yet, or the repository does not use sha1 (the registry's field holds 20 bytes).
 */
export async function readGitCommit(root: string, paths: readonly string[] = []): Promise<GitCommit | undefined> {
  const git = async (...args: string[]): Promise<string> => {
    // No optional locks: a status must not write to a repository another command may be using.
    const { stdout } = await promisify(execFile)("git", ["--no-optional-locks", "-C", root, ...args], {
      maxBuffer: 16 * 1024 * 1024,
      windowsHide: true,
    });
    return stdout;
  };
  try {
    const head = (await git("rev-parse", "--verify", "HEAD")).trim();
    if (!/^[0-9a-f]{40}$/.test(head)) return undefined;
    // Paths of a status are relative to the repository, which may lie above the project.
    const prefix = (await git("rev-parse", "--show-prefix")).trim();
    const status = await git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ...(paths.length === 0 ? ["."] : paths));
    const changed = status.split("\0").filter((line) => line !== "").map((line) => line.slice(3 + prefix.length));
    return { hash: `0x${head}`, changed };
  } catch {
    return undefined;
  }
}
