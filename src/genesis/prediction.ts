import { z } from "zod";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../errors.ts";
import { canonicalHash, toPlainJson } from "../proposal/canonical.ts";
import { decimalSchema, hash32Schema, ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { printable } from "../protocol/printable.ts";
import { readIfThere } from "../read-if-there.ts";
import { replaceFile } from "../replace-file.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

/** What makes a word differ when the same transactions are mined in other blocks. */
const DEPENDENCIES = ["block-number", "block-time", "block"] as const;
export type BlockDependency = (typeof DEPENDENCIES)[number];

export interface PredictedWord {
  slot: Hex;
  /** 32 bytes; for one that depends on the block, what it was in the first run. */
  value: Hex;
  /** `lastRoundLengthUpdateRound`; several with a comma where they share the slot. Absent when nothing explains it. */
  name?: string | undefined;
  /** `block-number` and `block-time`: it moves as these do; `block`: some function of them. Absent: the same in any block. */
  dependsOn?: BlockDependency | undefined;
}

export interface PredictedAccount {
  address: Address;
  /** `BondingManager`; absent for accounts that nobody named. */
  name?: string | undefined;
  /** False when the account had code, or a nonce, before. */
  created: boolean;
  /** keccak-256 of its code; absent when the genesis leaves that alone. */
  codeHash?: Hex | undefined;
  nonce?: bigint | undefined;
  balanceWei?: bigint | undefined;
  /** Every word that was written, by slot; of created accounts those too that are zero and were only read. */
  storage: PredictedWord[];
}

/** The state that a plan leads to, found by running all of it on a fork before anything was signed. */
export interface Prediction {
  chainId: bigint;
  /** The block that was forked. */
  block: { number: bigint; hash: Hex; timestampSeconds: bigint };
  /** `anvil/v1.7.1` */
  engine: string;
  deployer: Address;
  firstNonce: bigint;
  /** Of the transactions that were run: `hashPlan`. */
  planHash: Hex;
  gasUsed: bigint;
  /** How far apart the blocks of the two runs were. */
  apart: { blocks: bigint; seconds: bigint };
  /** By address, lower case. Without the deployer, of whom only the nonce is predicted: `firstNonce` and one for each transaction. */
  accounts: PredictedAccount[];
}

const SCHEMA = 1;
const nameSchema = z.string().max(2_000).transform(printable).optional();

const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  predictionHash: hash32Schema,
  chainId: decimalSchema,
  block: z.strictObject({ number: decimalSchema, hash: hash32Schema, timestampSeconds: decimalSchema }),
  engine: z.string().transform(printable),
  deployer: rpcAddressSchema,
  firstNonce: decimalSchema,
  planHash: hash32Schema,
  gasUsed: decimalSchema,
  apart: z.strictObject({ blocks: decimalSchema, seconds: decimalSchema }),
  accounts: z.array(
    z.strictObject({
      address: rpcAddressSchema,
      name: nameSchema,
      created: z.boolean(),
      codeHash: hash32Schema.optional(),
      nonce: decimalSchema.optional(),
      balanceWei: decimalSchema.optional(),
      storage: z.array(z.strictObject({ slot: hash32Schema, value: hash32Schema, name: nameSchema, dependsOn: z.enum(DEPENDENCIES).optional() })),
    }),
  ),
});

/** Of who sends what to whom, in which order: two plans with one hash are the same transactions. */
export function hashPlan(plan: { from: Address; firstNonce: bigint; transactions: readonly PlannedTransaction[] }): Hex {
  const { from, firstNonce, transactions } = plan;
  return canonicalHash({ from, firstNonce, transactions: transactions.map(({ to, data, valueWei }) => ({ to, data, valueWei })) });
}

/**
 * keccak-256 of the canonical JSON of the predicted state: who deploys which plan, and what every account becomes. The
 * block that was forked has no part in it, nor what depends on the block, so whoever predicts it again gets the same hash.
 */
export function hashPrediction({ chainId, deployer, firstNonce, planHash, accounts }: Prediction): Hex {
  const states = accounts.map(({ address, created, codeHash, nonce, balanceWei, storage }) => ({
    address,
    created,
    codeHash,
    nonce,
    balanceWei,
    // A word of zero is none at all.
    storage: storage
      .filter(({ value, dependsOn }) => dependsOn !== undefined || value !== ZERO_HASH)
      .map(({ slot, value, dependsOn }) => ({ slot, value: dependsOn === undefined ? value : "depends on the block" })),
  }));
  return canonicalHash({ chainId, deployer, firstNonce, planHash, accounts: states });
}

/** Writes a prediction: JSON, integers as decimal strings, all or nothing. */
export async function savePrediction(path: string, prediction: Prediction): Promise<void> {
  await replaceFile(path, `${JSON.stringify(toPlainJson({ schema: SCHEMA, predictionHash: hashPrediction(prediction), ...prediction }), null, 2)}\n`);
}

/**
 * Reads a prediction back; undefined when there is no such file.
 * @throws LPCTL_GENESIS_PREDICTION_INVALID when it is cut off, or its state was edited: the hash is not that of its content
 */
export async function loadPrediction(path: string): Promise<Prediction | undefined> {
  const text = await readIfThere(path).catch((cause: unknown) => {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (text === undefined) return undefined;
  const parsed = fileSchema.safeParse(parseJson(path, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(path, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
  }
  const { schema: _, predictionHash, ...prediction } = parsed.data;
  if (hashPrediction(prediction) !== predictionHash) throw invalid(path, "it was edited: its hash is not its predictionHash");
  return prediction;
}

function parseJson(path: string, text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(path: string, why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_PREDICTION_INVALID",
    exit: Exit.refused,
    message: `The prediction at ${printable(path)} cannot be used`,
    why: printable(why),
    next: "Restore the file; it cannot be made again once the genesis has begun",
    cause,
  });
}
