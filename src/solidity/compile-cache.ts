import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Hex } from "../protocol/hex.ts";
import { type Artifact, artifactSchema } from "./artifact.ts";
import { type UpgradeFacts, upgradeFactsSchema } from "./compiled-unit.ts";

export interface CacheEntry {
  artifact: Artifact;
  facts?: UpgradeFacts | undefined;
}

/** Raise it when an artifact or the facts mean something else than before: older entries are then compiled anew. */
const CACHE_SCHEMA = 5;

const fileSchema = z.object({
  schema: z.literal(CACHE_SCHEMA),
  /** sha256 of `content`, so that a damaged file is noticed even where it still parses. */
  checksum: z.string(),
  content: z.string(),
});
const contentSchema = z.object({ artifact: artifactSchema, facts: upgradeFactsSchema.optional() });

/**
 * Looks one compilation up in the folders, in order, preferring an entry that has the facts when they are wanted.
 * A file that is damaged, of another schema or of another input counts as absent.
 */
export async function loadCacheEntry(
  folders: string[],
  inputHash: Hex,
  wantsFacts: boolean,
): Promise<CacheEntry | undefined> {
  let best: CacheEntry | undefined;
  for (const folder of folders) {
    const entry = await loadEntryFile(entryPath(folder, inputHash), inputHash);
    if (entry === undefined) continue;
    if (!wantsFacts || entry.facts !== undefined) return entry;
    best ??= entry;
  }
  return best;
}

/**
 * Writes one entry whole or not at all. A cache that cannot be written (read-only, full disk) is only slower:
 * the failure is not the caller's.
 */
export async function saveCacheEntry(folder: string, inputHash: Hex, entry: CacheEntry): Promise<void> {
  const content = JSON.stringify(entry);
  const path = entryPath(folder, inputHash);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, JSON.stringify({ schema: CACHE_SCHEMA, checksum: sha256(content), content }));
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function entryPath(folder: string, inputHash: Hex): string {
  return join(folder, `${inputHash.slice(2)}.json`);
}

/** Entries by path, each with what its file was when it was read: an assessment asks for the same contracts over and over. */
const loadedBefore = new Map<string, { version: string; entry: CacheEntry }>();

async function loadEntryFile(path: string, inputHash: Hex): Promise<CacheEntry | undefined> {
  const version = await versionOf(path);
  const known = loadedBefore.get(path);
  if (version !== undefined && known?.version === version) return known.entry;
  const entry = version === undefined ? undefined : await readEntryFile(path, inputHash);
  if (version === undefined || entry === undefined) loadedBefore.delete(path);
  else loadedBefore.set(path, { version, entry });
  return entry;
}

/** Changes with every writing of the file; undefined when there is none. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}

async function readEntryFile(path: string, inputHash: Hex): Promise<CacheEntry | undefined> {
  try {
    const file = fileSchema.parse(JSON.parse(await readFile(path, "utf8")));
    if (sha256(file.content) !== file.checksum) return undefined;
    const entry = contentSchema.parse(JSON.parse(file.content));
    return entry.artifact.inputHash === inputHash ? entry : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
