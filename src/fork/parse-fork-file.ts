import { LineCounter, isAlias, isNode, isScalar, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { positionOf } from "../config/yaml-position.ts";
import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import { forkSchema, knownForkKeys, type ForkFile } from "./fork-schema.ts";

/** A fork file, and where in it everything stands. */
export interface ParsedFork {
  /** As the person named it. */
  path: string;
  file: ForkFile;
  /** Where a value stands; of a missing one, where its parent does. */
  placeOf(keyPath: readonly PropertyKey[]): { line: number; column: number };
}

interface Problem {
  line: number;
  column: number;
  problem: string;
}

const PROBLEMS_SHOWN = 20;
/** A name that is repeated in a billion places costs nothing to write. */
const MAX_ALIASES = 100;
/** What the parser of YAML says in words for programmers. */
const SAID_BETTER: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second YAML document begins here; a fork file is one",
  TAG_RESOLVE_FAILED: "a type such as !!int means nothing here: values are read as they are written",
};

/**
 * Parses the text of a fork file. Scalars keep their text (the failsafe schema of YAML): nothing becomes a float.
 * @throws LPCTL_FORK_FILE_MALFORMED with line and column of everything that is wrong
 */
export function parseForkFile(text: string, path: string): ParsedFork {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, schema: "failsafe" });
  const placeAt = (offset: number | undefined): { line: number; column: number } => toPlace(lineCounter.linePos(offset ?? 0));
  const problems = [...document.errors, ...document.warnings].map(({ code, pos, message }) => ({ ...placeAt(pos[0]), problem: SAID_BETTER[code] ?? message.split("\n")[0] ?? "not YAML" }));
  if (problems.length > 0) throw malformed(path, problems);
  const unusable = findUnusable(document, placeAt);
  if (unusable.length > 0) throw malformed(path, unusable);
  const parsed = forkSchema.safeParse(toPlain(document, path));
  const placeOf = (keyPath: readonly PropertyKey[], atKey = false): { line: number; column: number } => toPlace(positionOf(document, lineCounter, keyPath, atKey));
  if (parsed.success) return { path, file: parsed.data, placeOf: (keyPath) => placeOf(keyPath) };
  throw malformed(
    path,
    parsed.error.issues.flatMap(describe).map(({ keyPath, problem, atKey }) => ({ ...placeOf(keyPath, atKey), problem })),
  );
}

function toPlain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    throw malformed(path, [{ line: 1, column: 1, problem: error instanceof Error ? error.message : String(error) }]);
  }
}

/** YAML that has no value here: keys that are lists or blocks, and names that nothing before has. */
function findUnusable(document: Document, placeAt: (offset: number | undefined) => { line: number; column: number }): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair: (_, { key }) => {
      if (isNode(key) && !isScalar(key) && !isAlias(key)) problems.push({ ...placeAt(key.range?.[0]), problem: "a key is a word, not a list or a block" });
    },
    Value: (_, { anchor }) => void (anchor === undefined || anchors.add(anchor)),
    Alias: (_, { source, range }) => {
      if (!anchors.has(source)) problems.push({ ...placeAt(range?.[0]), problem: `*${source} repeats what &${source} names, and nothing before it has that name` });
    },
  });
  return problems;
}

function describe(issue: z.core.$ZodIssue): { keyPath: PropertyKey[]; problem: string; atKey: boolean }[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => {
      const near = nearestName(unknown, knownForkKeys(issue.path));
      return { keyPath: [...issue.path, unknown], problem: `Unknown key "${unknown}".${near === undefined ? "" : ` Did you mean "${near}"?`}`, atKey: true };
    });
  }
  const named = issue.path.map((key) => (typeof key === "number" ? key + 1 : String(key))).join(".");
  if (named === "") return [{ keyPath: [], problem: issue.code === "invalid_type" ? "not a fork file, which begins with schema: 1" : issue.message, atKey: false }];
  const isMissing = issue.input === undefined && /received undefined|expected one of|Invalid/.test(issue.message) && issue.code !== "custom";
  const namesItself = issue.path[0] === "parameters" && issue.path.length === 2 && issue.code === "custom";
  return [{ keyPath: [...issue.path], problem: isMissing ? `${named} is missing` : namesItself ? issue.message : `${named}: ${issue.message}`, atKey: false }];
}

function toPlace({ line, col }: { line: number; col: number }): { line: number; column: number } {
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function malformed(path: string, unordered: readonly Problem[]): LpctlError {
  const problems = unordered.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const [first = { line: 1, column: 1, problem: "not a fork file" }] = problems;
  const others = problems.slice(1, PROBLEMS_SHOWN).map(({ line, column, problem }) => `${line}:${column} ${printable(problem)}`);
  const more = problems.length > PROBLEMS_SHOWN ? [`and ${problems.length - PROBLEMS_SHOWN} more`] : [];
  return new LpctlError({
    code: "LPCTL_FORK_FILE_MALFORMED",
    exit: Exit.usage,
    message: `${printable(path)}:${first.line}:${first.column} ${printable(first.problem)}`,
    why: others.length === 0 ? undefined : ["Also:", ...others, ...more].join("\n"),
    next: `Correct ${printable(path)}; lpctl fork plan --help shows what a fork file has`,
    details: { path, problems: problems.slice(0, PROBLEMS_SHOWN).map(({ line, column, problem }) => ({ line, column, problem: printable(problem) })) },
  });
}
