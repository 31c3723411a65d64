import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { hash32Schema } from "../../protocol/hex.ts";
import { notWritten, replaceFile } from "../../replace-file.ts";
import { rowName } from "../script/script-chain.ts";
import { formatValue, parseValue } from "./value-json.ts";
import type { Hex, Value } from "../script/define-migration.ts";

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** What `prepare` gave; absent where it gave nothing. */
  prepared: z.string().optional(),
  /** Hash of block 0: a local chain that was started anew is another chain. */
  genesisHash: hash32Schema.optional(),
  rows: z.record(z.string(), z.strictObject({ count: z.int().nonnegative(), sha256: hash32Schema })),
});

/** What `prepare` gave, kept so that every later run has the same plan. */
export interface PreparedRecord {
  prepared: Value | undefined;
  genesisHash?: Hex | undefined;
  rows: Record<string, { count: number; sha256: `0x${string}` }>;
}

/** Where the run of one migration on one network is kept: journal, and what was prepared. */
export class RunFolder {
  readonly path: string;
  readonly journal: string;
  readonly #record: string;
  /** Rows that are being prepared and belong to no record yet. */
  readonly #rows: PreparedRecord["rows"] = {};

  constructor(projectFolder: string, network: string, name: string) {
    this.path = join(projectFolder, "migrations", network, name);
    this.journal = join(this.path, "journal.ndjson");
    this.#record = join(this.path, "prepared.json");
  }

  /** Undefined while nothing was prepared. @throws LPCTL_MIGRATE_PREPARED_UNREADABLE */
  async loadPrepared(): Promise<PreparedRecord | undefined> {
    if (!existsSync(this.#record)) return undefined;
    try {
      const { prepared, genesisHash, rows } = recordSchema.parse(JSON.parse(await readFile(this.#record, "utf8")));
      for (const [name, { sha256 }] of Object.entries(rows)) {
        if ((await hashFile(this.#rowPath(name))) !== sha256) throw new Error(`the rows "${name}" are not those that were prepared`);
      }
      return { prepared: prepared === undefined ? undefined : parseValue(prepared), genesisHash, rows };
    } catch (cause) {
      throw new LpctlError({
        code: "LPCTL_MIGRATE_PREPARED_UNREADABLE",
        exit: Exit.refused,
        message: `What was prepared for this migration cannot be trusted: ${this.#record}`,
        why: cause instanceof Error ? cause.message.slice(0, 500) : String(cause),
        next: `Restore ${this.path} from a backup. Only if the chain shows that nothing was sent: move it away and begin anew`,
        cause,
      });
    }
  }

  /** @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN */
  /** @param genesisHash of the chain that it was prepared on */
  async savePrepared(prepared: Value | undefined, genesisHash?: Hex): Promise<void> {
    await onDisk(this.path, () => mkdir(this.path, { recursive: true }));
    const record = { version: 1, ...(prepared === undefined ? {} : { prepared: formatValue(prepared) }), ...(genesisHash === undefined ? {} : { genesisHash }), rows: this.#rows };
    await replaceFile(this.#record, `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Row by row to the disk. @returns how many there are; @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN; then no rows have this name */
  async keepRows(name: string, rows: Iterable<Value> | AsyncIterable<Value>): Promise<number> {
    const path = this.#rowPath(rowName.parse(name));
    const temporary = `${path}.tmp`;
    const file = await onDisk(path, async () => {
      await mkdir(this.path, { recursive: true });
      return open(temporary, "w");
    });
    try {
      const kept = await writeRows(rows, (lines) => onDisk(path, () => file.writeFile(lines)));
      await onDisk(path, () => file.sync());
      await onDisk(path, () => rename(temporary, path));
      this.#rows[name] = kept;
      return kept.count;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** @throws LPCTL_MIGRATE_NO_ROWS */
  async *rows(name: string): AsyncIterable<Value> {
    const path = this.#rowPath(name);
    if (!existsSync(path)) {
      throw new LpctlError({
        code: "LPCTL_MIGRATE_NO_ROWS",
        exit: Exit.failed,
        message: `The migration asks for rows "${name}", and its prepare kept none`,
        next: "Call chain.keepRows in the script's prepare",
      });
    }
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) yield parseValue(line);
  }

  /** Leaves nothing behind of a run of which nothing was signed. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    // The network's folder too, when nothing else is in it.
    await rmdir(join(this.path, "..")).catch(() => undefined);
  }

  #rowPath(name: string): string {
    return join(this.path, `rows-${name}.ndjson`);
  }
}

const CHUNK_CHARACTERS = 1 << 16;

/** Whatever goes wrong in `write` is the disk's, and everything else that of whoever gives the rows. */
async function writeRows(rows: Iterable<Value> | AsyncIterable<Value>, write: (lines: string) => Promise<void>): Promise<{ count: number; sha256: `0x${string}` }> {
  const hash = createHash("sha256");
  let count = 0;
  let lines = "";
  const flush = async (): Promise<void> => {
    hash.update(lines);
    await write(lines);
    lines = "";
  };
  for await (const row of rows) {
    lines += `${formatValue(row)}\n`;
    count++;
    if (lines.length > CHUNK_CHARACTERS) await flush();
  }
  await flush();
  return { count, sha256: `0x${hash.digest("hex")}` };
}

/** @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

async function hashFile(path: string): Promise<`0x${string}`> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return `0x${hash.digest("hex")}`;
}
