import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Project } from "../../inspection/project.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";

/** What a transport was last seen to have: by safeTxHash, the owners whose signatures it showed. How one learns that it hides something. */
export type SyncRecord = Map<Hex, Set<Address>>;

const fileSchema = z.strictObject({ schema: z.literal(1), transports: z.record(z.string(), z.record(hash32Schema, z.array(addressSchema))) });

/** Of this machine only, and no loss when it is gone: then nothing can be missed. */
export async function loadSyncRecord(project: Project, transport: string): Promise<SyncRecord> {
  const { transports } = await load(project);
  return new Map(Object.entries(transports[transport] ?? {}).map(([hash, owners]) => [hash as Hex, new Set(owners)]));
}

export async function saveSyncRecord(project: Project, transport: string, record: SyncRecord): Promise<void> {
  const { transports } = await load(project);
  const entries = [...record].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([hash, owners]) => [hash, [...owners].toSorted()] as const);
  const content = { schema: 1, transports: { ...transports, [transport]: Object.fromEntries(entries) } };
  await mkdir(join(project.folder, ".lpctl", "sync"), { recursive: true });
  await replaceFile(recordPath(project), `${JSON.stringify(content, null, 2)}\n`);
}

async function load(project: Project): Promise<z.output<typeof fileSchema>> {
  const text = await readIfThere(recordPath(project));
  const parsed = fileSchema.safeParse(text === undefined ? undefined : parse(text));
  return parsed.success ? parsed.data : { schema: 1, transports: {} };
}

function recordPath(project: Project): string {
  return join(project.folder, ".lpctl", "sync", `${project.network}.json`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
