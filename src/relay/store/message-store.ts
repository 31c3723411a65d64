import { z } from "zod";
import { hash32Schema, hexSchema } from "../../protocol/hex.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { SafeSignature } from "../../safe/signature.ts";
import type { Database } from "./database.ts";
import { storedAddressSchema } from "./stored-address.ts";

/** An off-chain message that owners of a Safe sign. `message`: JSON of a text or of typed data. */
export interface StoredMessage {
  messageHash: Hex;
  safe: Address;
  message: string;
  proposedBy: Address;
  safeAppId: number | null;
  origin: string;
  createdMs: number;
  modifiedMs: number;
}

export interface MessageConfirmation extends SafeSignature {
  createdMs: number;
}

const messageSchema = z
  .object({
    message_hash: hash32Schema,
    safe: storedAddressSchema,
    message: z.string(),
    proposed_by: storedAddressSchema,
    safe_app_id: z.number().nullable(),
    origin: z.string(),
    created_ms: z.number(),
    modified_ms: z.number(),
  })
  .transform(
    (row): StoredMessage => ({
      messageHash: row.message_hash,
      safe: row.safe,
      message: row.message,
      proposedBy: row.proposed_by,
      safeAppId: row.safe_app_id,
      origin: row.origin,
      createdMs: row.created_ms,
      modifiedMs: row.modified_ms,
    }),
  );
const confirmationSchema = z
  .object({ owner: storedAddressSchema, kind: z.enum(["eip712", "eth-sign", "approved-hash", "contract"]), data: hexSchema, created_ms: z.number() })
  .transform(({ created_ms: createdMs, ...signature }): MessageConfirmation => ({ ...signature, createdMs }));

export class MessageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(messageHash: Hex): StoredMessage | undefined {
    const row = this.#database.get("SELECT * FROM messages WHERE message_hash = ?", messageHash);
    return row === undefined ? undefined : messageSchema.parse(row);
  }

  /** @param order column and direction, newest first by default */
  list(safe: Address, order: "created_ms ASC" | "created_ms DESC" | "modified_ms ASC" | "modified_ms DESC", page: { limit: number; offset: number }): { count: number; messages: StoredMessage[] } {
    const { count } = z.object({ count: z.number() }).parse(this.#database.get("SELECT count(*) AS count FROM messages WHERE safe = ?", safe));
    const rows = this.#database.all(`SELECT * FROM messages WHERE safe = ? ORDER BY ${order}, id DESC LIMIT ? OFFSET ?`, safe, page.limit, page.offset);
    return { count, messages: rows.map((row) => messageSchema.parse(row)) };
  }

  confirmations(messageHash: Hex): MessageConfirmation[] {
    const rows = this.#database.all("SELECT owner, kind, data, created_ms FROM message_confirmations WHERE message_hash = ? ORDER BY created_ms, owner", messageHash);
    return rows.map((row) => confirmationSchema.parse(row));
  }

  /** Only within `Database.write`. */
  insert(message: StoredMessage): void {
    this.#database.run(
      "INSERT INTO messages (message_hash, safe, message, proposed_by, safe_app_id, origin, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      message.messageHash, message.safe, message.message, message.proposedBy, message.safeAppId, message.origin, message.createdMs, message.modifiedMs,
    );
  }

  /** Only within `Database.write`. @returns false when this owner has signed already */
  confirm(messageHash: Hex, { owner, kind, data }: SafeSignature, nowMs: number): boolean {
    const added = this.#database.run("INSERT OR IGNORE INTO message_confirmations (message_hash, owner, kind, data, created_ms) VALUES (?, ?, ?, ?, ?)", messageHash, owner, kind, data, nowMs) === 1;
    if (added) this.#database.run("UPDATE messages SET modified_ms = ? WHERE message_hash = ?", nowMs, messageHash);
    return added;
  }
}
