import { readFile } from "node:fs/promises";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { toPlainJson } from "../../proposal/canonical.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { replaceFile } from "../../replace-file.ts";
import { effectsFileSchema, hashOfEffects, type Effect } from "./effects.ts";

const LARGEST_BYTES = 64_000_000;

/** Writes what a proposal may change, for people to read and to edit before they prepare it anew. */
export async function saveEffects(path: string, effects: readonly Effect[]): Promise<void> {
  await replaceFile(path, `${JSON.stringify(toPlainJson({ schema: 1, effects }), null, 2)}\n`);
}

/**
 * Reads an effects file that people may have edited.
 * @param expectedHash the `effectsHash` of the proposal it lies beside
 * @throws LPCTL_EFFECTS_UNREADABLE, LPCTL_EFFECTS_INVALID naming the first thing that makes no sense, LPCTL_EFFECTS_EDITED
 */
export async function loadEffects(path: string, expectedHash?: Hex): Promise<Effect[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new LpctlError({
      code: "LPCTL_EFFECTS_UNREADABLE",
      exit: Exit.usage,
      message: `There is no readable effects file at ${printable(path)}`,
      next: "effects.json in the folder of a prepared proposal is one to begin with",
      cause,
    });
  });
  const effects = parseEffects(text, path);
  if (expectedHash === undefined || hashOfEffects(effects) === expectedHash) return effects;
  throw new LpctlError({
    code: "LPCTL_EFFECTS_EDITED",
    exit: Exit.refused,
    message: `${printable(path)} is not the effects file that this proposal was made with`,
    why: `its content hashes to ${hashOfEffects(effects)}, and the proposal carries ${expectedHash}`,
    next: "Restore the file, or prepare the proposal anew with the edited one: the command that made it, with --effects FILE",
  });
}

/** @throws LPCTL_EFFECTS_INVALID */
export function parseEffects(text: string, path: string): Effect[] {
  if (text.length > LARGEST_BYTES) throw invalid(path, "it is larger than any effects file");
  const parsed = effectsFileSchema.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data.effects;
  const issue = parsed.error.issues[0];
  throw invalid(path, `${issue?.path.map(String).join(".") || "the file"}: ${messageOf(issue)}`);
}

/** What is wrong with the form that the writer chose: text, or an object. */
function messageOf(issue: { code?: string | undefined; message: string; errors?: unknown } | undefined): string {
  const branches = unionSchema.safeParse(issue?.errors).data ?? [];
  const telling = branches.flat().find(({ code, path }) => code !== "invalid_type" || path.length > 0);
  if (telling !== undefined) return [...telling.path.map(String), telling.message].join(": ");
  return branches.length === 0 ? (issue?.message ?? "does not fit") : 'takes a value as text, a range {"min":"1","max":"9"}, or {"any":true}';
}

const unionSchema = z.array(z.array(z.looseObject({ code: z.string().optional(), message: z.string(), path: z.array(z.union([z.string(), z.number()])) })));

function parseJson(text: string, path: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause));
  }
}

function invalid(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_EFFECTS_INVALID",
    exit: Exit.usage,
    message: `${printable(path)} is not an effects file`,
    why: printable(why),
    next: "Correct the file, or begin again with effects.json of the prepared proposal",
  });
}
