import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { errnoOf } from "../../../errno-of.ts";
import { Exit, LpctlError } from "../../../errors.ts";
import { useFastKeccak } from "../../../protocol/fast-keccak.ts";
import { printable } from "../../../protocol/printable.ts";
import { parseStrictJson } from "../../../protocol/strict-json.ts";
import { lineSchema, type Entries } from "./entries.ts";
import { isBeside, manifestSchema, tallyId, type Beside, type TallyFile } from "./tally-file.ts";
import { hashText } from "./write-tally-file.ts";

/**
 * Reads a tally and what lies beside it.
 * @throws LPCTL_TALLY_FILE_NOT_FOUND, LPCTL_TALLY_FILE_INVALID; LPCTL_TALLY_FILE_EDITED where the lists beside the manifest
 * or the manifest itself are not those that its hashes are of
 */
export async function loadTallyFile(path: string): Promise<TallyFile> {
  await useFastKeccak();
  const manifest = parseFile(await readText(path), path, manifestSchema);
  const { entries } = manifest;
  return { ...manifest, entries: isBeside(entries) ? await loadEntries(join(dirname(path), entries.file), entries) : entries };
}

/** The id that the file should have, from its manifest alone. */
export async function expectedId(path: string): Promise<{ given: string; expected: string }> {
  const manifest = parseFile(await readText(path), path, manifestSchema);
  return { given: manifest.id, expected: tallyId(manifest) };
}

/** Any file of ours in JSON. @throws LPCTL_TALLY_FILE_INVALID */
export function parseFile<T>(text: string, path: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : "it is no JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(path, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
}

/** @throws LPCTL_TALLY_FILE_NOT_FOUND, LPCTL_TALLY_FILE_INVALID */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (errnoOf(cause) !== "ENOENT") throw invalid(path, errnoOf(cause) ?? "it cannot be read");
    throw new LpctlError({
      code: "LPCTL_TALLY_FILE_NOT_FOUND",
      exit: Exit.usage,
      message: `There is no file ${printable(path)}`,
      next: "Make one: lpctl vote tally VOTE --out tally.json",
      cause,
    });
  }
}

async function loadEntries(path: string, { hash, accounts, votes, rows }: Beside): Promise<Entries> {
  const text = await readText(path);
  if (hashText(text) !== hash) throw edited(path, "its bytes do not have the hash that the tally names", {});
  const entries: Entries = { accounts: [], votes: [], rows: [] };
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const parsed = parseFile(line, `${path}, line ${index + 1}`, lineSchema);
    if ("account" in parsed) entries.accounts.push(parsed.account);
    else if ("vote" in parsed) entries.votes.push(parsed.vote);
    else entries.rows.push(parsed.row);
  }
  if (entries.accounts.length === accounts && entries.votes.length === votes && entries.rows.length === rows) return entries;
  throw edited(path, "it does not have as many entries as the tally says", {});
}

function invalid(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_FILE_INVALID",
    exit: Exit.usage,
    message: `${printable(path)} is no tally of this lpctl`,
    why: printable(why),
    next: "Make one: lpctl vote tally VOTE --out tally.json",
  });
}

/** Of a file that somebody changed after it was written, or wrote by hand. */
export function edited(path: string, why: string, details: Record<string, unknown>): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_FILE_EDITED",
    exit: Exit.different,
    message: `${printable(path)} is not as it was written`,
    why,
    next: "Do not believe it. Count the vote again: lpctl vote tally VOTE --out other.json",
    details,
  });
}
