/** The text of two contracts, each with all it imports, against each other. */
import { basename } from "node:path";
import { createSourceTree } from "./import-closure.ts";

export interface SourceFileChange {
  path: string;
  /** Where the old text stood, when its file is called otherwise now. */
  oldPath?: string | undefined;
  change: "added" | "removed" | "changed";
  addedLines: number;
  removedLines: number;
  /** Unified hunks with three lines around each, without file headers. */
  hunks: string;
}

export interface SourceChanges {
  files: SourceFileChange[];
  unchangedFiles: number;
}

/** A file of a contract, relative to a project folder. */
export interface SourceEntry {
  root: string;
  sourceName: string;
  /** The file and all it imports, where they are at hand; else they are read. */
  texts?: Readonly<Record<string, string>> | undefined;
}

/** @throws LPCTL_SOLIDITY_NO_SUCH_FILE, LPCTL_SOLIDITY_IMPORT_NOT_FOUND */
export async function diffSources(from: SourceEntry, to: SourceEntry): Promise<SourceChanges> {
  const old = closureOf(from);
  const now = closureOf(to);
  return diffTexts(old, now, new Map(from.sourceName === to.sourceName ? [] : [[to.sourceName, from.sourceName]]));
}

function closureOf({ root, sourceName, texts }: SourceEntry): Map<string, string> {
  return new Map(Object.entries(texts ?? createSourceTree(root).closureOf(sourceName).sources));
}

/**
 * Compares two sets of files. A new file stands beside the old one that `renamed` names, else beside a file of the same
 * name in another folder that is there no more.
 * @param renamed new path to old path
 */
async function diffTexts(old: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>, renamed: ReadonlyMap<string, string>): Promise<SourceChanges> {
  const { structuredPatch } = await import("diff");
  const gone = new Set([...old.keys()].filter((path) => !now.has(path)));
  const files: SourceFileChange[] = [];
  let unchangedFiles = 0;
  const compare = (path: string, oldPath: string | undefined, before: string, after: string, change: SourceFileChange["change"]): void => {
    const { hunks } = structuredPatch("", "", before, after, "", "", { context: 3 });
    const lines = hunks.flatMap((hunk) => [`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`, ...hunk.lines]);
    const count = (sign: string): number => hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
    files.push({ path, ...(oldPath === undefined ? {} : { oldPath }), change, addedLines: count("+"), removedLines: count("-"), hunks: lines.map((line) => `${line}\n`).join("") });
  };
  for (const [path, text] of [...now].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const same = old.get(path);
    const oldPath = same !== undefined ? undefined : (renamed.get(path) ?? [...gone].find((one) => basename(one) === basename(path)));
    const before = same ?? (oldPath === undefined ? undefined : old.get(oldPath));
    if (oldPath !== undefined) gone.delete(oldPath);
    if (before === undefined) compare(path, undefined, "", text, "added");
    else if (before === text) unchangedFiles += 1;
    else compare(path, oldPath, before, text, "changed");
  }
  // A file that another one replaces under a new name stays where both contracts import it.
  for (const path of gone) compare(path, undefined, old.get(path) ?? "", "", "removed");
  return { files, unchangedFiles };
}
