import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { canonicalJson } from "../../../proposal/canonical.ts";
import { replaceFile } from "../../../replace-file.ts";
import type { Hex } from "../../../protocol/hex.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";
import { entriesOf, type Entries } from "./entries.ts";
import { buildRowTree } from "./row-tree.ts";
import { keptFacts } from "./vote-schema.ts";
import { domainOf, summaryOf, tallyId, totalsOf, type Manifest, type TallySurroundings } from "./tally-file.ts";

/** More entries than a person reads in one file, or an editor opens. */
const MOST_INLINE = 5_000;

export interface WrittenTally {
  path: string;
  /** Undefined where everything is in one file. */
  rowsPath: string | undefined;
  id: Hex;
  root: Hex;
}

/**
 * Writes a tally with everything it was made from: one file of JSON; where there is much of it, the lists go into lines of
 * JSON beside it, named by their hash.
 * @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN
 */
export async function writeTallyFile(path: string, input: TallyInput, result: TallyResult, surroundings: TallySurroundings, mostInline: number = MOST_INLINE): Promise<WrittenTally> {
  const { chainId, genesisHash, header, contracts } = surroundings;
  const entries = entriesOf(input, result.rows);
  const count = entries.accounts.length + entries.votes.length + entries.rows.length;
  const { vote, at, isFinal, logsProven } = input;
  const { rules } = result;
  const { root } = await buildRowTree(domainOf({ chainId, genesisHash, vote, at, rules }), result.rows);
  let beside: { path: string; manifest: Manifest["entries"] } | undefined;
  if (count > mostInline) {
    const rowsPath = join(dirname(path), `${basename(path).replace(/\.json$/, "")}.rows.ndjson`);
    const text = linesOf(entries);
    await replaceFile(rowsPath, text);
    beside = { path: rowsPath, manifest: { file: basename(rowsPath), hash: hashText(text), accounts: entries.accounts.length, votes: entries.votes.length, rows: entries.rows.length } };
  }
  const manifest: Omit<Manifest, "id"> = {
    kind: "lpctl-tally", schema: 1, chainId, genesisHash, rules, vote: keptFacts(vote), at, isFinal, header, contracts,
    totals: totalsOf(input), logsProven, result: summaryOf(result), root, entries: beside?.manifest ?? entries,
  };
  const id = tallyId(manifest);
  await replaceFile(path, `${JSON.stringify(JSON.parse(canonicalJson({ ...manifest, id })), null, 2)}\n`);
  return { path, rowsPath: beside?.path, id, root };
}

/** One entry a line, each canonical: accounts, then votes, then rows. */
function linesOf({ accounts, votes, rows }: Entries): string {
  const lines: string[] = [];
  for (const account of accounts) lines.push(canonicalJson({ account }));
  for (const vote of votes) lines.push(canonicalJson({ vote }));
  for (const row of rows) lines.push(canonicalJson({ row }));
  lines.push("");
  return lines.join("\n");
}

/** SHA-256, which every machine has a command for. */
export function hashText(text: string): Hex {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}
