import { z } from "zod";
import { attemptEntrySchema, abandonedEntrySchema, confirmedEntrySchema, reorgedEntrySchema, skippedEntrySchema } from "../../chain/journal-entries.ts";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { decimalSchema, hash32Schema } from "../../protocol/hex.ts";

/** Its place in the plan: one step for each call that is sent, from 0. */
const step = z.int().nonnegative();

/** Ten for each of the most operations that there may be. */
const MOST_STEPS = 10_000_000;

/** First line. Not what the operations are, which may be 100,000, but the hash of all of them. */
const planEntrySchema = z.strictObject({
  kind: z.literal("plan"),
  version: z.literal(2),
  migration: z.string(),
  chainId: decimalSchema,
  genesisHash: hash32Schema,
  sender: rpcAddressSchema,
  firstNonce: decimalSchema,
  /** sha256 of the ordered operations: id, calls, who acts, whether alone. */
  operationsHash: hash32Schema,
  operations: z.int().nonnegative(),
  steps: z.int().nonnegative().max(MOST_STEPS),
});

/** An authority has to act: the proposal that was made for it. What becomes of it is read from the chain. */
const elsewhereEntrySchema = z.strictObject({
  kind: z.literal("elsewhere"),
  operation: z.string(),
  step,
  /** How many steps it stands for, from that one on: its calls are one batch. */
  steps: z.int().positive(),
  proposal: z.string(),
  proposalId: hash32Schema,
  safeTxHash: hash32Schema.nullable(),
});

/** What was waited for elsewhere is on the chain. */
const enactedEntrySchema = z.strictObject({ kind: z.literal("enacted"), operation: z.string(), step });

/** It was on the chain and is not any more. */
const undoneEntrySchema = z.strictObject({ kind: z.literal("undone"), operation: z.string(), step });

/** Its time has not come: the script said from when on it may be done, when everything before it was on the chain. */
const notYetEntrySchema = z.strictObject({ kind: z.literal("not-yet"), operation: z.string(), step, title: z.string(), readyAtSeconds: decimalSchema });

/** What was confirmed up to this block stays: nothing of it is looked at again. */
const finalEntrySchema = z.strictObject({
  kind: z.literal("final"),
  blockNumber: decimalSchema,
  /** So does what was skipped: it was looked at once more. */
  skipped: z.boolean().optional(),
});

/** All operations were enacted, and the script's own verification found no difference. */
const verifiedEntrySchema = z.strictObject({ kind: z.literal("verified"), blockNumber: decimalSchema });

export const migrationEntrySchema = z.discriminatedUnion("kind", [
  planEntrySchema,
  attemptEntrySchema.extend({ step }),
  confirmedEntrySchema.extend({ step }),
  reorgedEntrySchema.extend({ step }),
  skippedEntrySchema.extend({ step }),
  abandonedEntrySchema.extend({ step }),
  elsewhereEntrySchema,
  enactedEntrySchema,
  undoneEntrySchema,
  notYetEntrySchema,
  finalEntrySchema,
  verifiedEntrySchema,
]);
export type MigrationEntry = z.infer<typeof migrationEntrySchema>;
export type MigrationPlan = z.infer<typeof planEntrySchema>;
export type NotYetEntry = z.infer<typeof notYetEntrySchema>;
export type ElsewhereEntry = z.infer<typeof elsewhereEntrySchema>;
