import { existsSync } from "node:fs";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Exit, LpctlError } from "../../errors.ts";
import { toPlainJson } from "../../proposal/canonical.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { replaceFile } from "../../replace-file.ts";
import { hashPlan, recordSchema, type HandoverRecord } from "./record-schema.ts";

/** Handovers live in `handovers/<network>/<name>/`: `handover.json`, and the report beside it. Meant to be committed. */
export function handoverFolder(projectFolder: string, network: string, name: string): string {
  return join(projectFolder, "handovers", network, name);
}

export function recordPath(projectFolder: string, network: string, name: string): string {
  return join(handoverFolder(projectFolder, network, name), "handover.json");
}

export async function saveRecord(projectFolder: string, record: HandoverRecord): Promise<string> {
  const path = recordPath(projectFolder, record.network, record.name);
  await mkdir(handoverFolder(projectFolder, record.network, record.name), { recursive: true });
  await replaceFile(path, `${JSON.stringify(toPlainJson(record), null, 2)}\n`);
  return path;
}

/** The record of a handover; undefined where there is none. @throws LPCTL_HANDOVER_RECORD_UNREADABLE, _RECORD_EDITED */
export async function loadRecord(projectFolder: string, network: string, name: string): Promise<HandoverRecord | undefined> {
  const path = recordPath(projectFolder, network, name);
  if (!existsSync(path)) return undefined;
  const parsed = recordSchema.safeParse(parseJson(await readFile(path, "utf8"), path));
  if (parsed.success) return requireUnedited(parsed.data, path);
  const issue = parsed.error.issues[0];
  throw unreadable(path, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "does not fit"}`);
}

/** Stages are proposed as they stand here: what was proven must be what is proposed. */
function requireUnedited(record: HandoverRecord, path: string): HandoverRecord {
  if (hashPlan(record) === record.planHash) return record;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_RECORD_EDITED",
    exit: Exit.refused,
    message: `${printable(path)} was changed after it was made`,
    why: "its stages are no longer those that were proven on a fork",
    next: "Restore the file from version control, or remove its folder and plan again",
  });
}

/**
 * The one a person means: by name, or the only one there is.
 * @throws LPCTL_HANDOVER_NOT_FOUND with the nearest name, LPCTL_HANDOVER_RECORD_UNREADABLE
 */
export async function findRecord(projectFolder: string, network: string, name: string | undefined): Promise<HandoverRecord> {
  const names = await listRecords(projectFolder, network);
  const [only, second] = names;
  const wanted = name ?? (second === undefined ? only : undefined);
  const record = wanted === undefined || !names.includes(wanted) ? undefined : await loadRecord(projectFolder, network, wanted);
  if (record !== undefined) return record;
  const near = name === undefined ? undefined : nearestName(name, names);
  throw new LpctlError({
    code: "LPCTL_HANDOVER_NOT_FOUND",
    exit: Exit.usage,
    message: name === undefined ? (names.length === 0 ? `No handover is planned on network ${network}` : `There are several handovers on network ${network}`) : `There is no handover ${printable(name)} on network ${network}`,
    why: names.length === 0 ? "handovers/ holds none" : `known: ${names.join(", ")}`,
    next: names.length === 0 ? "lpctl handover plan FILE" : `lpctl handover status ${near ?? only ?? ""}`.trimEnd(),
  });
}

async function listRecords(projectFolder: string, network: string): Promise<string[]> {
  const parent = join(projectFolder, "handovers", network);
  if (!existsSync(parent)) return [];
  const entries = await readdir(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && existsSync(join(parent, entry.name, "handover.json"))).map(({ name }) => name).toSorted();
}

function parseJson(text: string, path: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause));
  }
}

function unreadable(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_RECORD_UNREADABLE",
    exit: Exit.usage,
    message: `${printable(path)} is not a record of a handover`,
    why: printable(why),
    next: "Restore the file from version control, or remove its folder and plan again",
  });
}
