import { z } from "zod";
import { decimalSchema, hash32Schema, hexSchema } from "../protocol/hex.ts";
import { rpcAddressSchema } from "./rpc-schemas.ts";
import type { Hex } from "../protocol/hex.ts";

/** First line: what will be done, where, and by whom. A resume must match it. */
const planEntrySchema = z.strictObject({
  kind: z.literal("plan"),
  version: z.literal(1),
  chainId: decimalSchema,
  genesisHash: hash32Schema,
  sender: rpcAddressSchema,
  firstNonce: decimalSchema,
  /** sha256 of the ordered operations: id, to, data, value. */
  operationsHash: hash32Schema,
  operations: z.array(z.strictObject({ id: z.string(), title: z.string() })),
});

/** Signed bytes and their hash, on disk before they are sent. */
export const attemptEntrySchema = z.strictObject({
  kind: z.literal("attempt"),
  operation: z.string(),
  nonce: decimalSchema,
  gasLimit: decimalSchema,
  maxFeePerGasWei: decimalSchema,
  maxPriorityFeePerGasWei: decimalSchema,
  hash: hash32Schema,
  raw: hexSchema,
});

export const confirmedEntrySchema = z.strictObject({
  kind: z.literal("confirmed"),
  operation: z.string(),
  hash: hash32Schema,
  status: z.enum(["success", "reverted"]),
  blockNumber: decimalSchema,
  blockHash: hash32Schema,
});

/** A confirmed transaction is no longer in the block it was in: it counts as in flight again. */
export const reorgedEntrySchema = z.strictObject({ kind: z.literal("reorged"), operation: z.string(), hash: hash32Schema });

/** The operation was found done on chain before anything was signed for it. */
export const skippedEntrySchema = z.strictObject({
  kind: z.literal("skipped"),
  operation: z.string(),
  /** The newest block when it was found; left out where it is never looked at again. */
  blockNumber: decimalSchema.optional(),
});

/** The nonce was used by a foreign transaction, so the attempts can never be mined; the operator chose to go on. */
export const abandonedEntrySchema = z.strictObject({ kind: z.literal("abandoned"), operation: z.string(), nonce: decimalSchema });

export const journalEntrySchema = z.discriminatedUnion("kind", [
  planEntrySchema,
  attemptEntrySchema,
  confirmedEntrySchema,
  reorgedEntrySchema,
  skippedEntrySchema,
  abandonedEntrySchema,
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type JournalPlan = z.infer<typeof planEntrySchema>;
export type JournalAttempt = z.infer<typeof attemptEntrySchema>;

export interface OperationState {
  id: string;
  title: string;
  /** `in-flight`: signed, possibly sent, not known to be mined. */
  status: "waiting" | "in-flight" | "confirmed" | "reverted" | "skipped";
  /** Signed transactions for the present nonce, oldest first; at most one of them can ever be mined. */
  attempts: JournalAttempt[];
  /** Set when `confirmed` or `reverted`. */
  mined?: { hash: Hex; blockNumber: bigint; blockHash: Hex };
}
export interface JournalState {
  plan: JournalPlan;
  /** In the order of the plan. */
  operations: OperationState[];
}

/** Entries in order -> state. `undefined` without entries. @throws Error naming the entry that cannot follow */
export function reduceJournal(entries: readonly JournalEntry[]): JournalState | undefined {
  const [plan, ...others] = entries;
  if (plan === undefined) return undefined;
  if (plan.kind !== "plan") throw new Error("the first line is not a plan");
  const operations = new Map<string, OperationState>(plan.operations.map(({ id, title }) => [id, { id, title, status: "waiting", attempts: [] }]));
  const state: JournalState = { plan, operations: [...operations.values()] };
  others.forEach((entry, at) => {
    if (entry.kind === "plan") throw new Error(`line ${at + 2} is a second plan`);
    const operation = operations.get(entry.operation);
    if (operation === undefined) throw new Error(`line ${at + 2} speaks of an operation that is not in the plan`);
    applyEntry(operation, entry, at + 2);
  });
  return state;
}

/** Changes `operation` as `entry` says. */
export function applyEntry(operation: OperationState, entry: Exclude<JournalEntry, { kind: "plan" }>, line: number): void {
  const fail = (): never => {
    throw new Error(`line ${line}: "${entry.kind}" cannot follow while the operation is ${operation.status}`);
  };
  switch (entry.kind) {
    case "attempt": {
      if (operation.status === "confirmed" || operation.status === "skipped") fail();
      if (operation.status === "reverted") {
        operation.attempts = [];
        delete operation.mined;
      }
      const earlier = operation.attempts[0];
      if (earlier !== undefined && earlier.nonce !== entry.nonce) throw new Error(`line ${line}: two nonces are in flight for one operation`);
      operation.attempts.push(entry);
      operation.status = "in-flight";
      return;
    }
    case "confirmed":
      if (operation.status !== "in-flight" || !operation.attempts.some(({ hash }) => hash === entry.hash)) fail();
      operation.status = entry.status === "success" ? "confirmed" : "reverted";
      operation.mined = { hash: entry.hash, blockNumber: entry.blockNumber, blockHash: entry.blockHash };
      return;
    case "reorged":
      if (operation.mined?.hash !== entry.hash) fail();
      operation.status = "in-flight";
      delete operation.mined;
      return;
    case "skipped":
      if (operation.status === "confirmed" || operation.status === "in-flight") fail();
      operation.status = "skipped";
      return;
    case "abandoned":
      if (operation.status !== "in-flight") fail();
      operation.status = "waiting";
      operation.attempts = [];
  }
}
