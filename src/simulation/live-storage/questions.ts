/** What must hold on chain so that new logic reads an old contract's storage rightly. Pure. */
import type { Layout } from "../../protocol/layout.ts";
import { cellsOf, cellsOfType, type Cell } from "./cells.ts";

export type Expectation =
  /** Nothing was ever kept there; `isUsed`: the new logic reads it. */
  | { kind: "zero"; isUsed: boolean }
  /** An enum or bool with this many values. */
  | { kind: "below"; limit: bigint }
  | { kind: "length" }
  | { kind: "byte-string" };

/** One place, and what must lie there. */
export interface Question {
  path: string;
  /** Bytes from the start of slot 0, or of the mapping's entry. */
  start: bigint;
  size: bigint;
  /** Solidity type in the new layout. */
  type: string;
  expect: Expectation;
}

/** The same of every entry of a mapping. */
export interface MappingQuestions {
  path: string;
  /** Where the mapping lies: slot, or slot within the entry of the mapping around it. */
  slot: bigint;
  keyTypeId: string;
  questions: Question[];
  mappings: MappingQuestions[];
}

export interface Questions {
  inPlace: Question[];
  mappings: MappingQuestions[];
  /** What cannot be told from words at known places, in words. */
  unasked: string[];
}

const WORD = 32n;
/** Reserved words that stay reserved are looked at for the sake of the next upgrade; a few of them tell enough. */
const GAP_WORDS = 64n;
const DEEPEST = 3;

export function askOfUpgrade(before: Layout, after: Layout): Questions {
  return compare({ before, after }, cellsOf(before), cellsOf(after), 0);
}

interface Layouts {
  before: Layout;
  after: Layout;
}

function compare(layouts: Layouts, before: readonly Cell[], after: readonly Cell[], depth: number): Questions {
  const used = before.filter(({ isGap }) => !isGap);
  const asked: Questions = { inPlace: [], mappings: [], unasked: [] };
  let gapWords = 0n;
  for (const cell of after) {
    const olds = used.filter((old) => old.start < cell.start + cell.size && cell.start < old.start + old.size);
    const { path, start, size, type } = cell;
    if (cell.isGap) {
      const size32 = size / WORD < GAP_WORDS - gapWords ? size : (GAP_WORDS - gapWords) * WORD;
      gapWords += size32 / WORD;
      if (olds.length === 0) asked.inPlace.push(...wordsOf({ path, start, size: size32, type: type.label, expect: { kind: "zero", isUsed: false } }));
      continue;
    }
    // The head of a mapping is never read.
    if (type.encoding !== "mapping") {
      for (const range of uncovered(cell, olds)) asked.inPlace.push(...wordsOf({ path, ...range, type: type.label, expect: { kind: "zero", isUsed: true } }));
    }
    if (olds.length === 0) continue;
    const values = cell.typeId.startsWith("t_bool") ? 2 : type.enumValues?.length;
    if (values !== undefined) asked.inPlace.push({ path, start, size, type: type.label, expect: { kind: "below", limit: BigInt(values) } });
    else if (type.encoding === "dynamic_array") asked.inPlace.push({ path, start, size, type: type.label, expect: { kind: "length" } });
    else if (type.encoding === "bytes") asked.inPlace.push({ path, start, size, type: type.label, expect: { kind: "byte-string" } });
    const same = olds.find((old) => old.start === start && old.type.encoding === type.encoding);
    if (type.encoding === "mapping" && same?.type.value !== undefined) compareMappings(layouts, same, cell, depth, asked);
    if (type.encoding === "dynamic_array" && same?.type.base !== undefined && type.base !== undefined && depth < DEEPEST) {
      const inner = compare(layouts, cellsOfType(layouts.before, same.type.base, 0n, ""), cellsOfType(layouts.after, type.base, 0n, ""), depth + 1);
      if (asksAnything(inner)) asked.unasked.push(`the elements of ${path}`);
    }
  }
  return asked;
}

function compareMappings(layouts: Layouts, old: Cell, cell: Cell, depth: number, asked: Questions): void {
  const { key, value } = cell.type;
  if (key === undefined || value === undefined || old.type.value === undefined) return;
  if (depth >= DEEPEST) {
    asked.unasked.push(`the entries of ${cell.path}, which lie too deep`);
    return;
  }
  const inner = compare(layouts, cellsOfType(layouts.before, old.type.value, 0n, ""), cellsOfType(layouts.after, value, 0n, ""), depth + 1);
  asked.unasked.push(...inner.unasked.map((what) => `${what} in ${cell.path}`));
  // A range that did not change holds whatever it held before: only what the new logic reads anew is asked of each entry.
  const questions = inner.inPlace.filter(({ expect, path }) => (expect.kind === "zero" ? expect.isUsed : expect.kind === "below" && isNarrowed(layouts, old.type.value ?? "", value, path)));
  if (questions.length === 0 && inner.mappings.length === 0) return;
  asked.mappings.push({ path: cell.path, slot: cell.start / WORD, keyTypeId: key, questions, mappings: inner.mappings });
}

/** An enum with other values than before, or bytes that were something else. */
function isNarrowed({ before, after }: Layouts, oldType: string, newType: string, path: string): boolean {
  const label = (layout: Layout, type: string): string => {
    const cell = cellsOfType(layout, type, 0n, "").find((candidate) => candidate.path === path);
    return `${cell?.type.label ?? ""} ${cell?.start ?? ""} ${cell?.type.enumValues?.length ?? ""}`;
  };
  return label(before, oldType) !== label(after, newType);
}

function asksAnything({ inPlace, mappings, unasked }: Questions): boolean {
  return inPlace.some(({ expect }) => expect.kind === "zero" && expect.isUsed) || mappings.length > 0 || unasked.length > 0;
}

/** The bytes of a cell that none of the old ones took. */
function uncovered({ start, size }: Cell, olds: readonly Cell[]): { start: bigint; size: bigint }[] {
  const free: { start: bigint; size: bigint }[] = [];
  let at = start;
  for (const old of olds.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    if (old.start > at) free.push({ start: at, size: old.start - at });
    const end = old.start + old.size;
    if (end > at) at = end;
  }
  if (at < start + size) free.push({ start: at, size: start + size - at });
  return free;
}

/** A question for each word it reaches into. */
function wordsOf(question: Question): Question[] {
  const questions: Question[] = [];
  const end = question.start + question.size;
  for (let at = question.start; at < end; ) {
    const next = (at / WORD + 1n) * WORD;
    const stop = next < end ? next : end;
    const index = (at - question.start) / WORD;
    questions.push({ ...question, path: index === 0n ? question.path : `${question.path} (word ${index})`, start: at, size: stop - at });
    at = stop;
  }
  return questions;
}
