import type { SQLInputValue } from "node:sqlite";
import { z } from "zod";
import type { Address } from "../../protocol/hex.ts";
import type { Database } from "./database.ts";
import { storedAddressSchema } from "./stored-address.ts";

/** Somebody whom an owner lets propose in its name; `safe` null: for every Safe of that owner. */
export interface Delegate {
  safe: Address | null;
  delegate: Address;
  delegator: Address;
  label: string;
  expiresMs: number | null;
}

export interface DelegateFilter {
  safe?: Address | undefined;
  delegate?: Address | undefined;
  delegator?: Address | undefined;
  label?: string | undefined;
}

/** What stands for "every Safe" in the table: NULLs are never equal to each other, and rows shall be. */
const EVERY_SAFE = "";

const rowSchema = z
  .object({ safe: storedAddressSchema.or(z.literal(EVERY_SAFE)), delegate: storedAddressSchema, delegator: storedAddressSchema, label: z.string(), expires_ms: z.number().nullable() })
  .transform((row): Delegate => ({ safe: row.safe === EVERY_SAFE ? null : row.safe, delegate: row.delegate, delegator: row.delegator, label: row.label, expiresMs: row.expires_ms }));

export class DelegateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Those that have not expired. With `safe` those made for it alone. */
  list(filter: DelegateFilter, nowMs: number, page: { limit: number; offset: number }): { count: number; delegates: Delegate[] } {
    const parts = ["(expires_ms IS NULL OR expires_ms > ?)"];
    const values: SQLInputValue[] = [nowMs];
    for (const column of ["safe", "delegate", "delegator", "label"] as const) {
      const value = filter[column];
      if (value === undefined) continue;
      parts.push(`${column} = ?`);
      values.push(value);
    }
    const where = parts.join(" AND ");
    const { count } = z.object({ count: z.number() }).parse(this.#database.get(`SELECT count(*) AS count FROM delegates WHERE ${where}`, ...values));
    const rows = this.#database.all(`SELECT * FROM delegates WHERE ${where} ORDER BY id LIMIT ? OFFSET ?`, ...values, page.limit, page.offset);
    return { count, delegates: rows.map((row) => rowSchema.parse(row)) };
  }

  /** Who may propose for a Safe in the name of one of these owners; what strangers make of themselves does not count. */
  ofOwners(safe: Address, owners: readonly Address[], nowMs: number): Delegate[] {
    return owners.flatMap((owner) =>
      this.#database
        .all(`SELECT * FROM delegates WHERE delegator = ? AND safe IN (?, '${EVERY_SAFE}') AND (expires_ms IS NULL OR expires_ms > ?) ORDER BY id`, owner, safe, nowMs)
        .map((row) => rowSchema.parse(row)),
    );
  }

  /** Only within `Database.write`. The same pair again gets the new label and end. */
  add({ safe, delegate, delegator, label, expiresMs }: Delegate): void {
    this.#database.run(
      `INSERT INTO delegates (safe, delegate, delegator, label, expires_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (delegate, delegator, safe) DO UPDATE SET label = excluded.label, expires_ms = excluded.expires_ms`,
      safe ?? EVERY_SAFE, delegate, delegator, label, expiresMs,
    );
  }

  /** Only within `Database.write`. @param safe null: for whatever Safes the pair was made. @returns how many were there */
  remove(delegate: Address, delegator: Address, safe: Address | null): number {
    return safe === null
      ? this.#database.run("DELETE FROM delegates WHERE delegate = ? AND delegator = ?", delegate, delegator)
      : this.#database.run("DELETE FROM delegates WHERE delegate = ? AND delegator = ? AND safe = ?", delegate, delegator, safe);
  }
}
