import type { SQLInputValue } from "node:sqlite";
import { z } from "zod";
import { decimalSchema, hash32Schema, hexSchema } from "../../protocol/hex.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { SafeSignature } from "../../safe/signature.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import type { Database, Row } from "./database.ts";
import { storedAddressSchema } from "./stored-address.ts";

/** What happened to a transaction on the chain as it is now. Times are milliseconds since 1970. */
export interface StoredExecution {
  blockNumber: number;
  transactionHash: Hex;
  succeeded: boolean;
  paymentWei: bigint;
  executor: Address;
  gasUsed: bigint;
  gasPriceWei: bigint;
  executedMs: number;
}

export interface StoredTransaction {
  safeTxHash: Hex;
  safe: Address;
  transaction: SafeTransaction;
  origin: string;
  proposer: Address;
  proposedByDelegate: Address | null;
  /** An owner or a delegate has signed it. */
  trusted: boolean;
  /** Signatures needed when it was proposed. */
  threshold: number;
  createdMs: number;
  modifiedMs: number;
  execution: StoredExecution | undefined;
}

/** `transactionHash` is set for an approval on chain. */
export interface StoredConfirmation extends SafeSignature {
  createdMs: number;
  transactionHash: Hex | null;
}

export interface TransactionFilter {
  executed?: boolean | undefined;
  trustedOnly: boolean;
  hasConfirmations?: boolean | undefined;
  /** Operator and nonce. */
  nonces: readonly (readonly ["=" | "<" | "<=" | ">" | ">=", bigint])[];
  to?: Address | undefined;
  transactionHash?: Hex | undefined;
}

/** Column and direction; what may be asked for is decided by the caller. */
export type TransactionOrder = readonly [column: "nonce" | "created_ms" | "modified_ms" | "executed_ms", direction: "ASC" | "DESC"];

const NONCE_DIGITS = 78;
const SELECT = `SELECT t.*, e.block_number, e.transaction_hash, e.succeeded, e.payment_wei, e.executor, e.gas_used, e.gas_price_wei AS paid_gas_price_wei, e.executed_ms
  FROM transactions t LEFT JOIN executions e ON e.safe = t.safe AND e.safe_tx_hash = t.safe_tx_hash`;

export class TransactionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(safeTxHash: Hex): StoredTransaction | undefined {
    const row = this.#database.get(`${SELECT} WHERE t.safe_tx_hash = ?`, safeTxHash);
    return row === undefined ? undefined : parseTransaction(row);
  }

  list(safe: Address, filter: TransactionFilter, orders: readonly TransactionOrder[], page: { limit: number; offset: number }): { count: number; uniqueNonces: number; transactions: StoredTransaction[] } {
    const { where, values } = conditions(safe, filter);
    const from = "FROM transactions t LEFT JOIN executions e ON e.safe = t.safe AND e.safe_tx_hash = t.safe_tx_hash";
    const counted = countSchema.parse(this.#database.get(`SELECT count(*) AS count, count(DISTINCT t.nonce) AS nonces ${from} ${where}`, ...values));
    const order = [...orders.map(([column, direction]) => `${column} ${direction}`), "t.id DESC"].join(", ");
    const rows = this.#database.all(`${SELECT} ${where} ORDER BY ${order} LIMIT ? OFFSET ?`, ...values, page.limit, page.offset);
    return { count: counted.count, uniqueNonces: counted.nonces, transactions: rows.map(parseTransaction) };
  }

  /** Signatures, and approvals on chain of owners who gave no signature; oldest first. */
  confirmations(stored: Pick<StoredTransaction, "safe" | "safeTxHash">): StoredConfirmation[] {
    const rows = this.#database.all(
      `SELECT owner, kind, data, created_ms, NULL AS transaction_hash FROM confirmations WHERE safe_tx_hash = ?1
       UNION ALL
       SELECT owner, 'approved-hash', '', approved_ms, transaction_hash FROM approvals
       WHERE safe = ?2 AND safe_tx_hash = ?1 AND owner NOT IN (SELECT owner FROM confirmations WHERE safe_tx_hash = ?1)
       ORDER BY created_ms, owner`,
      stored.safeTxHash,
      stored.safe,
    );
    return rows.map((row) => confirmationSchema.parse(row));
  }

  /** Unexecuted ones that nobody signed, from a nonce on. */
  countUntrusted(safe: Address, fromNonce: bigint): number {
    return countSchema.parse(this.#database.get("SELECT count(*) AS count, 0 AS nonces FROM transactions WHERE safe = ? AND trusted = 0 AND nonce >= ?", safe, formatNonce(fromNonce))).count;
  }

  /** The functions below only within `Database.write`. */
  insert(stored: Omit<StoredTransaction, "execution" | "modifiedMs">): void {
    const { transaction: tx } = stored;
    this.#database.run(
      `INSERT INTO transactions (safe_tx_hash, safe, receiver, value_wei, data, operation, safe_tx_gas, base_gas, gas_price_wei, gas_token, refund_receiver,
         nonce, origin, proposer, proposed_by_delegate, trusted, threshold, created_ms, modified_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stored.safeTxHash, stored.safe, tx.to, String(tx.valueWei), tx.data, tx.operation, String(tx.safeTxGas), String(tx.baseGas), String(tx.gasPriceWei), tx.gasToken, tx.refundReceiver,
      formatNonce(tx.nonce), stored.origin, stored.proposer, stored.proposedByDelegate, stored.trusted ? 1 : 0, stored.threshold, stored.createdMs, stored.createdMs,
    );
  }

  /** @returns false when this owner has confirmed already; the first signature stays */
  confirm(safeTxHash: Hex, { owner, kind, data }: SafeSignature, nowMs: number): boolean {
    const added = this.#database.run("INSERT OR IGNORE INTO confirmations (safe_tx_hash, owner, kind, data, created_ms) VALUES (?, ?, ?, ?, ?)", safeTxHash, owner, kind, data, nowMs) === 1;
    if (added) this.touch(safeTxHash, nowMs);
    return added;
  }

  /** Someone entitled has signed it now. */
  trust(safeTxHash: Hex, nowMs: number): void {
    this.#database.run("UPDATE transactions SET trusted = 1, modified_ms = ? WHERE safe_tx_hash = ? AND trusted = 0", nowMs, safeTxHash);
  }

  touch(safeTxHash: Hex, nowMs: number): void {
    this.#database.run("UPDATE transactions SET modified_ms = ? WHERE safe_tx_hash = ?", nowMs, safeTxHash);
  }

  remove(safeTxHash: Hex): void {
    this.#database.run("DELETE FROM transactions WHERE safe_tx_hash = ?", safeTxHash);
  }
}

function conditions(safe: Address, filter: TransactionFilter): { where: string; values: SQLInputValue[] } {
  const parts = ["t.safe = ?"];
  const values: SQLInputValue[] = [safe];
  const add = (part: string, ...given: SQLInputValue[]): void => {
    parts.push(part);
    values.push(...given);
  };
  if (filter.executed !== undefined) add(`e.block_number IS ${filter.executed ? "NOT NULL" : "NULL"}`);
  if (filter.trustedOnly) add("t.trusted = 1");
  if (filter.hasConfirmations !== undefined) {
    add(`${filter.hasConfirmations ? "" : "NOT "}(EXISTS (SELECT 1 FROM confirmations c WHERE c.safe_tx_hash = t.safe_tx_hash) OR EXISTS (SELECT 1 FROM approvals a WHERE a.safe = t.safe AND a.safe_tx_hash = t.safe_tx_hash))`);
  }
  for (const [operator, nonce] of filter.nonces) add(`t.nonce ${operator} ?`, formatNonce(nonce));
  if (filter.to !== undefined) add("t.receiver = ?", filter.to);
  if (filter.transactionHash !== undefined) add("e.transaction_hash = ?", filter.transactionHash);
  return { where: `WHERE ${parts.join(" AND ")}`, values };
}

function formatNonce(nonce: bigint): string {
  return nonce.toString().padStart(NONCE_DIGITS, "0");
}

const countSchema = z.object({ count: z.number(), nonces: z.number() });
const booleanSchema = z.number().transform((value) => value === 1);
const confirmationSchema = z
  .object({ owner: storedAddressSchema, kind: z.enum(["eip712", "eth-sign", "approved-hash", "contract"]), data: hexSchema.or(z.literal("")), created_ms: z.number(), transaction_hash: hash32Schema.nullable() })
  .transform(({ owner, kind, data, created_ms: createdMs, transaction_hash: transactionHash }): StoredConfirmation => ({
    owner,
    kind,
    data: data === "" ? approvedBytes(owner) : data,
    createdMs,
    transactionHash,
  }));

function approvedBytes(owner: Address): Hex {
  return `0x${owner.slice(2).toLowerCase().padStart(64, "0")}${"0".repeat(64)}01`;
}

const transactionSchema = z.object({
  safe_tx_hash: hash32Schema,
  safe: storedAddressSchema,
  receiver: storedAddressSchema,
  value_wei: decimalSchema,
  data: hexSchema,
  operation: z.union([z.literal(0), z.literal(1)]),
  safe_tx_gas: decimalSchema,
  base_gas: decimalSchema,
  gas_price_wei: decimalSchema,
  gas_token: storedAddressSchema,
  refund_receiver: storedAddressSchema,
  nonce: z.string().regex(/^\d{78}$/).transform(BigInt),
  origin: z.string(),
  proposer: storedAddressSchema,
  proposed_by_delegate: storedAddressSchema.nullable(),
  trusted: booleanSchema,
  threshold: z.number(),
  created_ms: z.number(),
  modified_ms: z.number(),
});
const executionSchema = z.object({
  block_number: z.number(),
  transaction_hash: hash32Schema,
  succeeded: booleanSchema,
  payment_wei: decimalSchema,
  executor: storedAddressSchema,
  gas_used: decimalSchema,
  paid_gas_price_wei: decimalSchema,
  executed_ms: z.number(),
});

function parseTransaction(row: Row): StoredTransaction {
  const stored = transactionSchema.parse(row);
  return {
    safeTxHash: stored.safe_tx_hash,
    safe: stored.safe,
    transaction: {
      to: stored.receiver,
      valueWei: stored.value_wei,
      data: stored.data,
      operation: stored.operation,
      safeTxGas: stored.safe_tx_gas,
      baseGas: stored.base_gas,
      gasPriceWei: stored.gas_price_wei,
      gasToken: stored.gas_token,
      refundReceiver: stored.refund_receiver,
      nonce: stored.nonce,
    },
    origin: stored.origin,
    proposer: stored.proposer,
    proposedByDelegate: stored.proposed_by_delegate,
    trusted: stored.trusted,
    threshold: stored.threshold,
    createdMs: stored.created_ms,
    modifiedMs: stored.modified_ms,
    execution: row["block_number"] === null ? undefined : parseExecution(row),
  };
}

function parseExecution(row: Row): StoredExecution {
  const stored = executionSchema.parse(row);
  return {
    blockNumber: stored.block_number,
    transactionHash: stored.transaction_hash,
    succeeded: stored.succeeded,
    paymentWei: stored.payment_wei,
    executor: stored.executor,
    gasUsed: stored.gas_used,
    gasPriceWei: stored.paid_gas_price_wei,
    executedMs: stored.executed_ms,
  };
}
