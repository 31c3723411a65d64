import { execFile } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import type { Hex } from "../protocol/hex.ts";

const GIT_OPTIONS = { maxBuffer: 64 * 1024 * 1024, windowsHide: true, encoding: "buffer" } as const;

export type CommitComparison =
  | { state: "no-checkout" }
  /** The repository does not have the commit; `isShallow`: it was cloned without its history. */
  | { state: "absent"; isShallow: boolean }
  | { state: "compared"; same: string[]; different: string[]; missing: string[]; outside: string[] };

/**
 * Compares files as they are now with what a commit of the repository around them holds.
 * @param files relative to the root; those outside the repository, or that it ignores as packages, are told apart
 */
export async function compareWithCommit(root: string, commit: Hex, files: readonly string[]): Promise<CommitComparison> {
  const git = async (...args: string[]): Promise<Buffer> => (await promisify(execFile)("git", ["--no-optional-locks", "-C", root, ...args], GIT_OPTIONS)).stdout;
  const text = async (...args: string[]): Promise<string | undefined> => {
    try {
      return (await git(...args)).toString("utf8").trim();
    } catch {
      return undefined;
    }
  };
  const top = await text("rev-parse", "--show-toplevel");
  if (top === undefined || top === "") return { state: "no-checkout" };
  const revision = commit.slice(2);
  if ((await text("cat-file", "-t", revision)) !== "commit") return { state: "absent", isShallow: (await text("rev-parse", "--is-shallow-repository")) === "true" };
  const result = { state: "compared" as const, same: [] as string[], different: [] as string[], missing: [] as string[], outside: [] as string[] };
  const realRoot = realpathSync(root);
  for (const file of files) {
    const path = relative(realpathSync(top), join(realRoot, file));
    if (path.startsWith("..") || isAbsolute(path) || path.split(sep).includes("node_modules")) {
      result.outside.push(file);
      continue;
    }
    const committed = await git("cat-file", "blob", `${revision}:${path.split(sep).join("/")}`).catch(() => undefined);
    if (committed === undefined) result.missing.push(file);
    else (sameText(committed, readFileSync(join(root, file))) ? result.same : result.different).push(file);
  }
  return result;
}

/** Git may write other line ends into a checkout than it keeps. */
function sameText(committed: Buffer, present: Buffer): boolean {
  return committed.equals(present) || committed.toString("utf8").replaceAll("\r\n", "\n") === present.toString("utf8").replaceAll("\r\n", "\n");
}
