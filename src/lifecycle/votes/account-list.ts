import { readFile } from "node:fs/promises";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";

/** One account as a file names it, not yet looked at. */
export interface ListedAccount {
  text: string;
  /** From 1. */
  line: number;
}

/** A file with an account a line; empty lines count for nothing, and neither does what follows a `#`. @throws LPCTL_VOTE_LIST_UNREADABLE */
export async function loadAccountList(path: string): Promise<ListedAccount[]> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_VOTE_LIST_UNREADABLE",
      exit: Exit.usage,
      message: `${path} cannot be read`,
      why: errnoOf(cause) === "ENOENT" ? "there is no such file" : errnoOf(cause),
      next: "Write one address a line",
      cause,
    });
  }
  return content.split(/\r?\n/).flatMap((row, index) => {
    const text = row.replace(/#.*$/, "").trim();
    return text === "" ? [] : [{ text, line: index + 1 }];
  });
}
