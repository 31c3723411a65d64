import { LineCounter, isAlias, isMap, isNode, isScalar, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import type { GenesisFile } from "./genesis-file.ts";
import { genesisSchema, knownKeys } from "./genesis-schema.ts";

export interface Place {
  line: number;
  column: number;
}

/** A genesis file, and where in it everything stands. */
export interface ParsedGenesis {
  /** As the person named it. */
  path: string;
  file: GenesisFile;
  /** Where a value stands; of a missing one, where its parent does. */
  placeOf(keyPath: readonly PropertyKey[]): Place;
  /** A scalar as it was written; empty when there is none. */
  textOf(keyPath: readonly PropertyKey[]): string;
}

interface Problem extends Place {
  problem: string;
}

const PROBLEMS_SHOWN = 20;
/** What the parser of YAML says in words for programmers. */
const SAID_BETTER: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second YAML document begins here; a genesis file is one",
  TAG_RESOLVE_FAILED: "a type such as !!int means nothing here: values are read as they are written",
};
/** A name that is repeated in a billion places costs nothing to write. */
const MAX_ALIASES = 100;

/**
 * Parses the text of a genesis file. Scalars keep their text (the failsafe schema of YAML): nothing becomes a float.
 * @throws LPCTL_GENESIS_FILE_MALFORMED with line and column of everything that is wrong
 */
export function parseGenesisFile(text: string, path: string): ParsedGenesis {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, schema: "failsafe" });
  const problems = [...document.errors, ...document.warnings].map(({ code, pos, message }) => ({
    ...toPlace(lineCounter.linePos(pos[0])),
    problem: SAID_BETTER[code] ?? message.split("\n")[0] ?? "not YAML",
  }));
  if (problems.length > 0) throw malformed(path, problems);
  const parsed = genesisSchema.safeParse(toPlain(document, lineCounter, path));
  if (parsed.success) {
    return {
      path,
      file: parsed.data,
      placeOf: (keyPath) => positionOf(document, lineCounter, keyPath, false),
      textOf: (keyPath) => {
        const node: unknown = document.getIn(keyPath, true);
        return isScalar(node) ? String(node.value) : "";
      },
    };
  }
  throw malformed(
    path,
    parsed.error.issues.flatMap(describe).map(({ keyPath, problem, atKey }) => ({ ...positionOf(document, lineCounter, keyPath, atKey), problem })),
  );
}

function toPlain(document: Document, lineCounter: LineCounter, path: string): unknown {
  try {
    const unusable = findUnusable(document, lineCounter);
    if (unusable.length > 0) throw malformed(path, unusable);
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    if (error instanceof LpctlError) throw error;
    throw malformed(path, [{ line: 1, column: 1, problem: error instanceof Error ? error.message : String(error) }]);
  }
}

/** YAML that has no value here: keys that are lists or blocks, and names that nothing before has. */
function findUnusable(document: Document, lineCounter: LineCounter): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair: (_, { key }) => {
      if (isNode(key) && !isScalar(key) && !isAlias(key)) problems.push({ ...toPlace(lineCounter.linePos(key.range?.[0] ?? 0)), problem: "a key is a word, not a list or a block" });
    },
    Value: (_, { anchor }) => void (anchor === undefined || anchors.add(anchor)),
    Alias: (_, { source, range }) => {
      if (!anchors.has(source)) problems.push({ ...toPlace(lineCounter.linePos(range?.[0] ?? 0)), problem: `*${source} repeats what &${source} names, and nothing before it has that name` });
    },
  });
  return problems;
}

function describe(issue: z.core.$ZodIssue): { keyPath: PropertyKey[]; problem: string; atKey: boolean }[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => {
      const near = nearestName(unknown, knownKeys(issue.path));
      const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
      return { keyPath: [...issue.path, unknown], problem: `Unknown key "${unknown}".${hint}`, atKey: true };
    });
  }
  const named = nameOf(issue.path);
  const missing = issue.input === undefined && /received undefined|expected one of|Invalid/.test(issue.message) && issue.code !== "custom";
  const sentence = missing ? "is missing" : issue.message;
  // Problems of a parameter name it themselves.
  const problem = issue.path[0] === "parameters" && issue.path.length === 2 && issue.code === "custom" ? sentence : `${named}${missing ? " " : ": "}${sentence}`;
  return [{ keyPath: [...issue.path], problem: named === "" ? (issue.code === "invalid_type" ? "not a genesis file, which begins with schema: 1" : issue.message) : problem, atKey: false }];
}

/** `grants.team.3.receiver`: the entries of a list are counted from one, as in the plan. */
function nameOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === "number" ? key + 1 : String(key))).join(".");
}

/**
 * The place of the deepest node on `keyPath` that exists: a missing key is reported at its parent.
 * With `atKey` the place of the last key itself, instead of its value.
 */
function positionOf(document: Document, lineCounter: LineCounter, keyPath: readonly PropertyKey[], atKey: boolean): Place {
  const parent: unknown = keyPath.length === 1 ? document.contents : document.getIn(keyPath.slice(0, -1), true);
  if (atKey && isMap(parent)) {
    const key: unknown = parent.items.find((pair) => isScalar(pair.key) && pair.key.value === keyPath.at(-1))?.key;
    if (isScalar(key) && Array.isArray(key.range)) return toPlace(lineCounter.linePos(key.range[0]));
  }
  for (let length = keyPath.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keyPath.slice(0, length), true);
    const range = (node as { range?: unknown } | null | undefined)?.range;
    if (Array.isArray(range) && typeof range[0] === "number") return toPlace(lineCounter.linePos(range[0]));
  }
  return { line: 1, column: 1 };
}

function toPlace({ line, col }: { line: number; col: number }): Place {
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function malformed(path: string, unordered: readonly Problem[]): LpctlError {
  const problems = unordered.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const [first = { line: 1, column: 1, problem: "not a genesis file" }] = problems;
  const shown = problems.slice(1, PROBLEMS_SHOWN).map(({ line, column, problem }) => `${line}:${column} ${printable(problem)}`);
  const more = problems.length > PROBLEMS_SHOWN ? [`and ${problems.length - PROBLEMS_SHOWN} more`] : [];
  return new LpctlError({
    code: "LPCTL_GENESIS_FILE_MALFORMED",
    exit: Exit.usage,
    message: `${printable(path)}:${first.line}:${first.column} is not a valid genesis file.`,
    why: [printable(first.problem), ...shown, ...more].join("\n"),
    next: "Correct that; docs/schemas/files/genesis.json describes every key, lpctl genesis init writes an example.",
    details: {
      path,
      line: first.line,
      column: first.column,
      problems: problems.map(({ line, column, problem }) => ({ line, column, problem: printable(problem) })),
    },
  });
}
