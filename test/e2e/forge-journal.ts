import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

export type Entry = Record<string, unknown>;

/** Writes a journal anew, with right checksums, as somebody would who knows how. @param change gives the entries of an honest one, changed */
export function forgeJournal(path: string, change: (entries: Entry[]) => Entry[]): void {
  const entries = readFileSync(path, "utf8").trimEnd().split("\n").map((line) => (JSON.parse(line) as { entry: Entry }).entry);
  let sum = "0".repeat(64);
  const lines = change(entries).map((entry) => {
    const body = JSON.stringify(entry);
    sum = createHash("sha256").update(sum).update(body).digest("hex");
    return `{"sum":"${sum}","entry":${body}}\n`;
  });
  writeFileSync(path, lines.join(""));
}
