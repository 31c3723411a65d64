import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { loadSqlite } from "./sqlite.ts";

export type Row = Record<string, unknown>;

interface Job {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * The relay's one SQLite file. A write is acknowledged only after its commit was synced to the disk; writes of one turn of the
 * event loop share that commit, since the sync costs more than all else.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #waiting: Job[] = [];

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  /** Only within a job given to `write`. @returns how many rows changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /**
   * Runs `job` within the next commit. What it throws undoes what it wrote, and nobody else's part.
   * @returns what `job` gives, once that is on the disk
   * @throws LPCTL_RELAY_NOT_STORED when the disk does not take it; then nothing of it is kept
   */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#waiting.push({ run: job, resolve: (value) => resolve(value as T), reject });
      if (waiting === 1) setImmediate(() => this.#commit());
    });
  }

  close(): void {
    // What is waiting was not acknowledged, and still deserves an answer.
    this.#commit();
    this.#sqlite.close();
  }

  #commit(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length === 0) return;
    const settle: (() => void)[] = [];
    try {
      this.#sqlite.exec("BEGIN IMMEDIATE");
      for (const job of jobs) settle.push(this.#runInSavepoint(job));
      this.#sqlite.exec("COMMIT");
    } catch (cause) {
      this.#rollBack();
      for (const job of jobs) job.reject(notStored(cause));
      return;
    }
    for (const each of settle) each();
  }

  #runInSavepoint(job: Job): () => void {
    this.#sqlite.exec("SAVEPOINT job");
    try {
      const value = job.run();
      this.#sqlite.exec("RELEASE job");
      return () => job.resolve(value);
    } catch (error) {
      this.#sqlite.exec("ROLLBACK TO job; RELEASE job");
      return () => job.reject(isOfSqlite(error) ? notStored(error) : error);
    }
  }

  #rollBack(): void {
    try {
      this.#sqlite.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/**
 * Opens the file, or makes it, readable by its owner alone. It belongs to one relay at a time and to one chain.
 * @throws LPCTL_RELAY_NODE_TOO_OLD, LPCTL_RELAY_DATABASE_IN_USE, LPCTL_RELAY_DATABASE_UNKNOWN, LPCTL_RELAY_DATABASE_OTHER_CHAIN
 */
export function openDatabase(path: string, chainId: bigint): Database {
  const { DatabaseSync } = loadSqlite();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
    requireOurs(sqlite, path);
    // FULL syncs the log at each commit: what was acknowledged outlives a kill, and a power cut as far as the disk is honest.
    sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON");
    sqlite.exec("BEGIN IMMEDIATE");
    migrate(sqlite, path);
    requireSameChain(sqlite, path, chainId);
    sqlite.exec("COMMIT");
    return new Database(sqlite);
  } catch (error) {
    sqlite.close();
    throw toOpeningError(error, path);
  }
}

const headerSchema = z.object({ application_id: z.number() });
const versionSchema = z.object({ user_version: z.number() });

function requireOurs(sqlite: DatabaseSync, path: string): void {
  const { application_id: id } = headerSchema.parse(sqlite.prepare("PRAGMA application_id").get());
  const empty = sqlite.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (id !== APPLICATION_ID && !empty) throw unknownFile(path, "it is the database of another program");
}

function migrate(sqlite: DatabaseSync, path: string): void {
  const { user_version: version } = versionSchema.parse(sqlite.prepare("PRAGMA user_version").get());
  if (version > SCHEMA_VERSION) throw unknownFile(path, `a later lpctl wrote it (format ${version}, and this one knows ${SCHEMA_VERSION})`);
  if (version === 0) sqlite.exec(`${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function requireSameChain(sqlite: DatabaseSync, path: string, chainId: bigint): void {
  sqlite.prepare("INSERT OR IGNORE INTO facts (name, value) VALUES ('chain id', ?)").run(String(chainId));
  const { value } = z.object({ value: z.string() }).parse(sqlite.prepare("SELECT value FROM facts WHERE name = 'chain id'").get());
  if (value === String(chainId)) return;
  throw new LpctlError({
    code: "LPCTL_RELAY_DATABASE_OTHER_CHAIN",
    exit: Exit.usage,
    message: `${path} holds what was signed for chain ${value}, and this network is chain ${chainId}`,
    next: "Choose the network with -n, or another file with --database",
    details: { path, chainId: value, wanted: chainId },
  });
}

function isOfSqlite(error: unknown): error is Error & { errcode?: number } {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

function toOpeningError(error: unknown, path: string): unknown {
  if (!isOfSqlite(error)) return error;
  // The low byte is the kind: 5 busy, 6 locked.
  const kind = (error.errcode ?? 0) & 0xff;
  if (kind !== 5 && kind !== 6) return unknownFile(path, printable(error.message), error);
  return new LpctlError({
    code: "LPCTL_RELAY_DATABASE_IN_USE",
    exit: Exit.usage,
    message: `Another program uses ${path}`,
    why: "a database belongs to one relay at a time",
    next: "Stop the other relay, or choose another file with --database",
    cause: error,
  });
}

function unknownFile(path: string, why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_RELAY_DATABASE_UNKNOWN",
    exit: Exit.usage,
    message: `${path} is not a database of this relay`,
    why,
    next: "Choose another file with --database, or restore a copy of the right one",
    cause,
  });
}

function notStored(cause: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_RELAY_NOT_STORED",
    exit: Exit.failed,
    message: `Nothing could be stored: ${cause instanceof Error ? printable(cause.message) : "the disk refuses"}`,
    next: "Check the disk of the relay",
    cause,
  });
}
