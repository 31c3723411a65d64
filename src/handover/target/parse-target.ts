import { LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { positionOf, type Position } from "../../config/yaml-position.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { READY_MADE, TARGET_KEYS, targetSchema, type TargetFile } from "./target-schema.ts";

/** A name that is repeated in a billion places costs nothing to write. */
const MAX_ALIASES = 100;

/**
 * Parses the text of a handover file. Scalars keep their text (the failsafe schema of YAML): no address becomes a number.
 * @throws LPCTL_HANDOVER_FILE_MALFORMED with line and column of the first thing wrong, and the nearest name
 */
export function parseTarget(text: string, path: string): TargetFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, schema: "failsafe" });
  const syntax = document.errors[0] ?? document.warnings[0];
  if (syntax !== undefined) throw malformed(path, lineCounter.linePos(syntax.pos[0]), syntax.message.split("\n")[0] ?? "not YAML");
  const parsed = targetSchema.safeParse(toPlain(document, path));
  if (parsed.success) return parsed.data;
  const issue = innermost(parsed.error.issues[0]);
  const { keyPath, problem, atKey } = describe(issue);
  throw malformed(path, positionOf(document, lineCounter, keyPath, atKey), problem);
}

function toPlain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    throw malformed(path, undefined, error instanceof Error ? error.message : String(error));
  }
}

/** Of alternatives none of which fits, what is wrong with the one that was most probably meant. */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const [best] = issue.errors.toSorted((left, right) => Number(left.some(({ code }) => code === "unrecognized_keys")) - Number(right.some(({ code }) => code === "unrecognized_keys")) || right.length - left.length);
  const inner = innermost(best?.find(({ code }) => code !== "unrecognized_keys") ?? best?.[0]);
  return inner === undefined ? issue : ({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue);
}

function describe(issue: z.core.$ZodIssue | undefined): { keyPath: PropertyKey[]; problem: string; atKey: boolean } {
  if (issue === undefined) return { keyPath: [], problem: "not a handover file", atKey: false };
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0] ?? "";
    const near = nearestName(unknown, keysAt(issue.path));
    return { keyPath: [...issue.path, unknown], problem: `Unknown key "${printable(unknown)}".${near === undefined ? "" : ` Did you mean "${near}"?`}`, atKey: true };
  }
  const at = issue.path.length === 0 ? "" : `${printable(issue.path.map(String).join("."))}: `;
  if (issue.path[0] === "target" && issue.path.length === 1) return { keyPath: issue.path, problem: `${at}not one of ${READY_MADE.join(", ")}`, atKey: false };
  return { keyPath: issue.path, problem: `${at}${issue.message}`, atKey: false };
}

function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const [last = ""] = path.filter((part) => typeof part === "string").slice(-1);
  return TARGET_KEYS[last] ?? TARGET_KEYS[""] ?? [];
}

function malformed(path: string, place: Position | undefined, problem: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_FILE_MALFORMED",
    exit: Exit.usage,
    message: `${printable(path)}${place === undefined ? "" : `:${place.line}:${place.col}`} is not a handover file`,
    why: printable(problem),
    next: "Correct it there; docs/guide/handover.md shows one",
    details: { path, ...(place === undefined ? {} : { line: place.line, column: place.col }) },
  });
}
