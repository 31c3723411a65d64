/** A mined transaction with everything that its outcome rested on, as the chain's node tells it. */
import { z } from "zod";
import { logSchema, rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { hash32Schema, hexSchema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { TrafficLog } from "./run.ts";
import { parsePrestate, prestateSchema, type Prestate } from "./prestate.ts";

/** What contracts can see of the block that they run in. */
export interface BlockEnvironment {
  /** Under which the node knows the block. */
  height: bigint;
  /** What `block.number` gave: on Arbitrum that of the chain below. */
  number: bigint;
  timestampSeconds: bigint;
  gasLimit: bigint;
  coinbase: Address;
  randomness: Hex | undefined;
  baseFeeWei: bigint;
  parentHash: Hex;
}

export interface MinedTransaction {
  hash: Hex;
  /** Position in its block. */
  index: number;
  type: number;
  from: Address;
  to: Address | null;
  valueWei: bigint;
  input: Hex;
  /** Its limit, and what it used; without what a rollup charges for its data on the chain below, which no contract sees. */
  gas: bigint;
  gasUsed: bigint;
  gasPriceWei: bigint;
  accessList: { address: Address; storageKeys: Hex[] }[];
  status: "success" | "reverted";
  logs: TrafficLog[];
  block: BlockEnvironment;
}

const transactionSchema = z.object({
  hash: hash32Schema,
  transactionIndex: quantitySchema,
  type: quantitySchema.nullish(),
  from: rpcAddressSchema,
  to: rpcAddressSchema.nullish(),
  value: quantitySchema,
  input: hexSchema,
  gas: quantitySchema,
  gasPrice: quantitySchema.nullish(),
  accessList: z.array(z.object({ address: rpcAddressSchema, storageKeys: z.array(hash32Schema) })).nullish(),
});

const receiptSchema = z.object({
  status: z.enum(["0x0", "0x1"]),
  gasUsed: quantitySchema,
  /** Arbitrum. */
  gasUsedForL1: quantitySchema.nullish(),
  effectiveGasPrice: quantitySchema.nullish(),
  blockNumber: quantitySchema,
  logs: z.array(logSchema),
});

const blockSchema = z.object({
  number: quantitySchema,
  /** Arbitrum. */
  l1BlockNumber: quantitySchema.nullish(),
  timestamp: quantitySchema,
  gasLimit: quantitySchema,
  miner: rpcAddressSchema,
  mixHash: hash32Schema.nullish(),
  baseFeePerGas: quantitySchema.nullish(),
  parentHash: hash32Schema,
});

export interface Fetched {
  transaction: MinedTransaction;
  /** Accounts before it; code only where the node gives it unasked. */
  prestate: Prestate;
}

/** Why a transaction cannot be fetched: its node has forgotten the state, or says something else. */
export interface NotFetched {
  hash: Hex;
  why: string;
}

/** Blocks of one search, each read once. */
export class BlockReader {
  readonly #rpc: Rpc;
  readonly #known = new Map<bigint, Promise<BlockEnvironment>>();

  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  read(height: bigint): Promise<BlockEnvironment> {
    const known = this.#known.get(height);
    if (known !== undefined) return known;
    const reading = this.#rpc
      .request("eth_getBlockByNumber", [formatTag(height), false], blockSchema)
      .then((block): BlockEnvironment => ({
        height,
        number: block.l1BlockNumber ?? block.number,
        timestampSeconds: block.timestamp,
        gasLimit: block.gasLimit,
        coinbase: block.miner,
        randomness: block.mixHash ?? undefined,
        baseFeeWei: block.baseFeePerGas ?? 0n,
        parentHash: block.parentHash,
      }));
    // Newest first: what was read long ago is not asked for again.
    if (this.#known.size >= 4_000) this.#known.clear();
    this.#known.set(height, reading);
    return reading;
  }

  /** Hashes of the 256 blocks before one, by number: what `blockhash` knows. */
  async hashesBefore(height: bigint): Promise<Record<string, Hex>> {
    const first = height > 256n ? height - 256n : 0n;
    const heights = Array.from({ length: Number(height - first) }, (_, index) => first + BigInt(index));
    const hashes = await Promise.all(heights.map(async (at) => [at.toString(), (await this.read(at + 1n)).parentHash] as const));
    return Object.fromEntries(hashes);
  }
}

/**
 * Reads one transaction, its receipt, its block and the accounts before it. Issued together, many travel as one batch.
 * @throws LPCTL_REPLAY_NO_TRACES when the node does not offer debug_traceTransaction
 */
export async function fetchTransaction(rpc: Rpc, blocks: BlockReader, hash: Hex, height: bigint): Promise<Fetched | NotFetched> {
  const [transaction, receipt, block, prestate] = await Promise.all([
    rpc.request("eth_getTransactionByHash", [hash], transactionSchema.nullable()),
    rpc.request("eth_getTransactionReceipt", [hash], receiptSchema.nullable()),
    blocks.read(height),
    fetchPrestate(rpc, hash, false),
  ]);
  if (transaction === null || receipt === null || receipt.blockNumber !== height) return { hash, why: "the chain was reorganised meanwhile" };
  if ("why" in prestate) return { hash, why: prestate.why };
  const belowGas = receipt.gasUsedForL1 ?? 0n;
  return {
    prestate: prestate.accounts,
    transaction: {
      hash,
      index: Number(transaction.transactionIndex),
      type: Number(transaction.type ?? 0n),
      from: transaction.from,
      to: transaction.to ?? null,
      valueWei: transaction.value,
      input: transaction.input,
      gas: transaction.gas - belowGas,
      gasUsed: receipt.gasUsed - belowGas,
      gasPriceWei: receipt.effectiveGasPrice ?? transaction.gasPrice ?? 0n,
      accessList: transaction.accessList ?? [],
      status: receipt.status === "0x1" ? "success" : "reverted",
      logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
      block,
    },
  };
}

/** The accounts before a transaction in its block. Code is most of it and hardly ever changes, so it is left out at first. */
export async function fetchPrestate(rpc: Rpc, hash: Hex, withCode: boolean): Promise<{ accounts: Prestate } | { why: string }> {
  const options = { tracer: "prestateTracer", tracerConfig: { disableCode: !withCode } };
  try {
    return { accounts: parsePrestate(await rpc.request("debug_traceTransaction", [hash, options], prestateSchema), withCode) };
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR") throw error;
    if (isMissing(error)) throw noTraces(rpc, error);
    return { why: "its node cannot trace it: the state of that block is gone, or tracing failed" };
  }
}

/** The node has no such method, or not for us. Everything else is about this one transaction. */
function isMissing(error: LpctlError): boolean {
  const { rpcCode, status } = error.details ?? {};
  if (rpcCode === -32601 || status === 401 || status === 403 || status === 404) return true;
  const words = `${error.message} ${error.why ?? ""}`;
  return /method|namespace|debug api/i.test(words) && /\bnot\b|unsupported|disabled|forbidden|upgrade your plan/i.test(words);
}

export function noTraces(rpc: Rpc, error: LpctlError | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_REPLAY_NO_TRACES",
    exit: Exit.network,
    message: `The RPC at ${rpc.origin} does not tell what the state before a transaction was`,
    why: error === undefined ? "it has forgotten the states of all transactions that were found" : `it answered debug_traceTransaction with: ${error.why ?? error.message}`,
    next: "Use an archive endpoint that offers debug_traceTransaction: --rpc-url URL",
    cause: error,
  });
}

