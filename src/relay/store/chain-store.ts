import { z } from "zod";
import { hash32Schema } from "../../protocol/hex.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Database } from "./database.ts";
import { storedAddressSchema } from "./stored-address.ts";
import type { StoredExecution } from "./transaction-store.ts";

/** A Safe that somebody proposed for. Logs of it are read from `firstBlock`; up to `scannedBlock` they have been. */
export interface WatchedSafe {
  address: Address;
  firstBlock: number;
  scannedBlock: number;
}

/** A block that was once the latest. */
export interface Checkpoint {
  number: number;
  hash: Hex;
}

export interface StoredApproval {
  safe: Address;
  safeTxHash: Hex;
  owner: Address;
  blockNumber: number;
  /** Null where the approval was found by asking the Safe, not by its event. */
  transactionHash: Hex | null;
  approvedMs: number;
}

/** Far more than any chain takes back; the oldest ones go. */
const MOST_CHECKPOINTS = 2_000;

const safeSchema = z
  .object({ address: storedAddressSchema, first_block: z.number(), scanned_block: z.number() })
  .transform((row): WatchedSafe => ({ address: row.address, firstBlock: row.first_block, scannedBlock: row.scanned_block }));
const unaskedSchema = z.object({ safe: storedAddressSchema, safe_tx_hash: hash32Schema }).transform((row) => ({ safe: row.safe, safeTxHash: row.safe_tx_hash }));
const checkpointSchema = z.object({ number: z.number(), hash: hash32Schema });

/** What the relay has seen on the chain, and how far it has looked. Writing only within `Database.write`. */
export class ChainStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  safes(): WatchedSafe[] {
    return this.#database.all("SELECT * FROM safes ORDER BY address").map((row) => safeSchema.parse(row));
  }

  /** Newest first. */
  checkpoints(): Checkpoint[] {
    return this.#database.all("SELECT number, hash FROM checkpoints ORDER BY number DESC").map((row) => checkpointSchema.parse(row));
  }

  lastCheckpoint(): Checkpoint | undefined {
    const row = this.#database.get("SELECT number, hash FROM checkpoints ORDER BY number DESC LIMIT 1");
    return row === undefined ? undefined : checkpointSchema.parse(row);
  }

  /** Has the logs of a Safe read from `block` on, unless it is watched already. */
  watch(safe: Address, block: number): void {
    this.#database.run("INSERT OR IGNORE INTO safes (address, first_block, scanned_block) VALUES (?, ?, ?)", safe, block, block - 1);
  }

  /** Notes that the chain ends in `head` and that the Safes' logs are known up to there. */
  reached(head: Checkpoint, safes: readonly Address[]): void {
    for (const safe of safes) this.#database.run("UPDATE safes SET scanned_block = ? WHERE address = ?", head.number, safe);
    this.#database.run("INSERT OR REPLACE INTO checkpoints (number, hash) VALUES (?, ?)", head.number, head.hash);
    this.#database.run("DELETE FROM checkpoints WHERE number <= (SELECT number FROM checkpoints ORDER BY number DESC LIMIT 1 OFFSET ?)", MOST_CHECKPOINTS);
  }

  /** Forgets what was seen in blocks after this one; -1 forgets all. */
  forgetAfter(block: number): void {
    this.#database.run("DELETE FROM executions WHERE block_number > ?", block);
    // Those found by asking may be older than the block they were asked at.
    this.#database.run("UPDATE transactions SET approvals_asked = 0 WHERE safe_tx_hash IN (SELECT safe_tx_hash FROM approvals WHERE block_number > ? AND transaction_hash IS NULL)", block);
    this.#database.run("DELETE FROM approvals WHERE block_number > ?", block);
    this.#database.run("DELETE FROM checkpoints WHERE number > ?", block);
    this.#database.run("UPDATE safes SET scanned_block = max(min(scanned_block, ?), -1)", block);
    // Another chain altogether: the block it was first seen at means nothing there.
    this.#database.run("UPDATE safes SET first_block = min(first_block, scanned_block + 1)");
  }

  /** Proposals, oldest first, whose Safe has not been asked yet who approved them before the relay knew of it. */
  unasked(most: number): { safe: Address; safeTxHash: Hex }[] {
    return this.#database.all("SELECT safe, safe_tx_hash FROM transactions WHERE approvals_asked = 0 ORDER BY id LIMIT ?", most).map((row) => unaskedSchema.parse(row));
  }

  asked(safeTxHash: Hex): void {
    this.#database.run("UPDATE transactions SET approvals_asked = 1 WHERE safe_tx_hash = ?", safeTxHash);
  }

  execute(safe: Address, safeTxHash: Hex, execution: StoredExecution): void {
    this.#database.run(
      `INSERT OR REPLACE INTO executions (safe, safe_tx_hash, block_number, transaction_hash, succeeded, payment_wei, executor, gas_used, gas_price_wei, executed_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      safe, safeTxHash, execution.blockNumber, execution.transactionHash, execution.succeeded ? 1 : 0, String(execution.paymentWei), execution.executor,
      String(execution.gasUsed), String(execution.gasPriceWei), execution.executedMs,
    );
  }

  /** @returns false when it is known already */
  approve({ safe, safeTxHash, owner, blockNumber, transactionHash, approvedMs }: StoredApproval): boolean {
    const added = this.#database.run(
      "INSERT OR IGNORE INTO approvals (safe, safe_tx_hash, owner, block_number, transaction_hash, approved_ms) VALUES (?, ?, ?, ?, ?, ?)",
      safe, safeTxHash, owner, blockNumber, transactionHash, approvedMs,
    );
    return added === 1;
  }
}
