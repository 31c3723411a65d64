import { canonicalJson, toPlainJson } from "../../../proposal/canonical.ts";
import { voteText } from "../../vote.ts";
import { parseVoteText } from "../../vote-text.ts";
import type { TallyRow } from "../tally-result.ts";
import { tallyUnder } from "../tally-under.ts";
import { edited, expectedId } from "./load-tally-file.ts";
import { buildRowTree } from "./row-tree.ts";
import { domainOf, inputOf, summaryOf, type TallyFile } from "./tally-file.ts";

/**
 * Counts again what is in the file, and compares every row, the result, the Merkle root and the id. Needs nothing but the
 * file: whether its stakes and votes are those of the chain is for `compareInputs`.
 * @throws LPCTL_TALLY_FILE_EDITED naming the first row that differs
 */
export async function checkTallyFile(path: string, file: TallyFile): Promise<void> {
  const twice = firstTwice(file.entries.accounts.map(({ account }) => account));
  if (twice !== undefined) throw edited(path, `it has the stake of ${twice} twice`, { account: twice });
  const said = parseVoteText(voteText(file.vote));
  if (file.vote.link !== undefined && canonicalJson(said ?? {}) !== canonicalJson(file.vote.link)) throw edited(path, "its vote is not about what the vote's own text says", { file: toPlainJson(file.vote.link), text: toPlainJson(said ?? null) });
  const result = tallyUnder(file.rules, inputOf(file));
  const different = firstDifferentRow(file.entries.rows, result.rows);
  if (different !== undefined) throw edited(path, `${different.why}: what its own votes and stakes come to is another row`, { row: different.voter, file: plain(different.left), counted: plain(different.right) });
  const [given, counted] = [canonicalJson(file.result), canonicalJson(summaryOf(result))];
  if (given !== counted) throw edited(path, "its result is not what its rows add up to", { file: toPlainJson(file.result), counted: toPlainJson(summaryOf(result)) });
  const { root } = await buildRowTree(domainOf(file), result.rows);
  if (root !== file.root) throw edited(path, `its Merkle root is ${file.root}, that of its rows is ${root}`, { file: file.root, counted: root });
  const id = await expectedId(path);
  if (id.given !== id.expected) throw edited(path, `its id is ${id.given}, and what it holds has the id ${id.expected}: something other than the rows was changed`, id);
}

function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

export interface DifferentRow {
  voter: string;
  why: string;
  left: TallyRow | undefined;
  right: TallyRow | undefined;
}

/** Rows are compared in their order; the first that is not the same, or is on one side only. */
export function firstDifferentRow(left: readonly TallyRow[], right: readonly TallyRow[]): DifferentRow | undefined {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]];
    if (one !== undefined && other !== undefined && sameRow(one, other)) continue;
    const voter = (one ?? other)?.voter ?? "";
    if (one === undefined || other === undefined || one.voter !== other.voter) return { voter, why: `row ${index} is about ${one?.voter ?? "nobody"}, and should be about ${other?.voter ?? "nobody"}`, left: one, right: other };
    return { voter, why: `row ${index}, of ${voter}, differs in ${differentFields(one, other).join(", ")}`, left: one, right: other };
  }
  return undefined;
}

const FIELDS = ["voter", "delegate", "weightWei", "deductionWei", "effectiveWei", "choice", "transaction"] as const;

function sameRow(one: TallyRow, other: TallyRow): boolean {
  return FIELDS.every((field) => one[field] === other[field]);
}

function differentFields(one: TallyRow, other: TallyRow): string[] {
  return FIELDS.filter((field) => one[field] !== other[field]).map((field) => `${field} (${one[field]}, not ${other[field]})`);
}

function plain(row: TallyRow | undefined): unknown {
  return row === undefined ? null : toPlainJson(row);
}
