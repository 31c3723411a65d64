import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import { configFileSchema, policySchema, VOTE_KEYS } from "./config-schema.ts";
import type { ConfigFile } from "./config-schema.ts";
import { knownKeyFields } from "./key-schema.ts";
import { positionOf, type Position } from "./yaml-position.ts";

/**
 * Parses the text of `lpctl.yaml`.
 * @throws `LPCTL_CONFIG_MALFORMED` with path, line and column of the first thing wrong.
 */
export function parseConfig(text: string, path: string): ConfigFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) throw malformed(path, lineCounter.linePos(syntax.pos[0]), syntax.message.split("\n")[0] ?? "not YAML");
  const content: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = configFileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue === undefined) throw malformed(path, undefined, "not a configuration file");
  const { keyPath, problem } = describe(issue, content);
  throw malformed(path, positionOf(document, lineCounter, keyPath, issue.code === "unrecognized_keys"), problem);
}

function describe(issue: z.core.$ZodIssue, content: unknown): { keyPath: PropertyKey[]; problem: string } {
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0] ?? "";
    const near = nearestName(unknown, knownKeys(issue.path, content));
    const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
    return { keyPath: [...issue.path, unknown], problem: `Unknown key "${printable(unknown)}".${hint}` };
  }
  const at = issue.path.length === 0 ? "" : `${printable(issue.path.map(String).join("."))}: `;
  return { keyPath: issue.path, problem: `${at}${issue.message}` };
}

function knownKeys(path: readonly PropertyKey[], content: unknown): string[] {
  if (path.length === 0) return Object.keys(configFileSchema.shape);
  if (path.at(-1) === "requires") return VOTE_KEYS;
  if (path[0] === "policy") return path.length === 1 ? Object.keys(policySchema.shape) : ["finding", "proposal", "reason"];
  if (path.length === 2) return ["rpcUrl", "chainId", "controller", "keys", "explorer", "safeServiceUrl", "safeServiceKeyFile", "governorDelayBlocks", "requires"];
  return knownKeyFields(at(content, path.slice(0, 4)), path.slice(4));
}

function at(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined), content);
}

function malformed(path: string, position: Position | undefined, problem: string): LpctlError {
  const place = position === undefined ? path : `${path}:${position.line}:${position.col}`;
  return new LpctlError({
    code: "LPCTL_CONFIG_MALFORMED",
    exit: Exit.usage,
    message: `${place} is not a valid lpctl.yaml.`,
    why: printable(problem),
    next: "Correct that line; docs/reference/configuration.md describes every key.",
    details: { path, line: position?.line ?? null, column: position?.col ?? null },
  });
}
