import { LineCounter, isMap, isScalar, parseDocument, type Document } from "yaml";
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
/** A name that is repeated in a billion places costs nothing to write. */
const MAX_ALIASES = 100;

/**
 * Parses the text of a genesis file. Scalars keep their text (the failsafe schema of YAML): nothing becomes a float.
 * @throws LPCTL_GENESIS_FILE_MALFORMED with line and column of everything that is wrong
 */
export function parseGenesisFile(text: string, path: string): ParsedGenesis {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, schema: "failsafe" });
  if (document.errors.length > 0) {
    throw malformed(path, document.errors.map(({ pos, message }) => ({ ...toPlace(lineCounter.linePos(pos[0])), problem: message.split("\n")[0] ?? "not YAML" })));
  }
  const parsed = genesisSchema.safeParse(toPlain(document, path));
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

function toPlain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    throw malformed(path, [{ line: 1, column: 1, problem: error instanceof Error ? error.message : String(error) }]);
  }
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
  return [{ keyPath: [...issue.path], problem: named === "" ? issue.message : problem, atKey: false }];
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
