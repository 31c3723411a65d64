/** What came of running a transaction once, and the local chain that runs them. */
import { z } from "zod";
import { startAnvil, type Anvil } from "../../chain/anvil.ts";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { hash32Schema, hexSchema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { CallNode } from "../../outcome/simulation.ts";
import { callSchema, diffSchema, PREIMAGE_TRACER, toAccountDiffs, type AccountDiff } from "../trace.ts";
import type { MinedTransaction } from "./mined-transaction.ts";
import { formatOverrides, prestateSchema, type Prestate, type Touched } from "./prestate.ts";

export interface TrafficLog {
  address: Address;
  topics: Hex[];
  data: Hex;
}

export interface Run {
  status: "success" | "reverted";
  gasUsed: bigint;
  output: Hex;
  /** In the order in which they were emitted; none of what was reverted. */
  logs: TrafficLog[];
  calls: CallNode;
  diffs: AccountDiff[];
}

/** Everything a run starts from. */
export interface Situation {
  transaction: MinedTransaction;
  prestate: Prestate;
  /** Words that say which code a proxy runs. */
  replaced: readonly { address: Address; slot: Hex; word: Hex }[];
  /** By number; the parent's is always known. */
  blockHashes?: Record<string, Hex> | undefined;
}

interface Frame {
  error?: string | null | undefined;
  logs?: (TrafficLog & { index?: bigint | null | undefined; position?: bigint | null | undefined })[] | null | undefined;
  calls?: Frame[] | null | undefined;
}

const frameSchema: z.ZodType<Frame> = z.object({
  error: z.string().nullish(),
  logs: z
    .array(
      z.object({
        address: rpcAddressSchema,
        topics: z.array(hash32Schema).max(4),
        data: hexSchema,
        index: quantitySchema.nullish(),
        position: quantitySchema.nullish(),
      }),
    )
    .nullish(),
  get calls() {
    return z.array(frameSchema).nullish();
  },
});

const outcomeSchema = z.unknown().transform((value, context) => {
  const [frame, calls] = [frameSchema.safeParse(value), callSchema.safeParse(value)];
  if (frame.success && calls.success) return { frame: frame.data, calls: calls.data };
  context.addIssue({ code: "custom", message: "not a call trace" });
  return z.NEVER;
});

/**
 * A local chain without any state: every transaction brings its own. Contracts' code is put there once, because it is nearly
 * all of what would travel otherwise.
 */
export class ReplayEngine {
  readonly #anvil: Anvil;
  readonly #code = new Map<Address, Hex>();

  constructor(anvil: Anvil) {
    this.#anvil = anvil;
  }

  /** Puts code where most transactions will find it. */
  async learnCode(accounts: ReadonlyMap<Address, { code: Hex | undefined }>): Promise<void> {
    const fresh = [...accounts].flatMap(([address, { code }]) => (code === undefined || code === "0x" || this.#code.has(address) ? [] : [[address, code] as const]));
    for (const [address, code] of fresh) this.#code.set(address, code);
    await Promise.all(fresh.map(([address, code]) => this.#anvil.rpc.request("anvil_setCode", [address, code], z.unknown())));
  }

  /** @throws LPCTL_RPC_ERROR when the chain does not accept the transaction at all */
  async run(situation: Situation): Promise<Run> {
    const [{ frame, calls }, diff] = await Promise.all([
      this.#trace(situation, { tracer: "callTracer", tracerConfig: { withLog: true } }, outcomeSchema),
      this.#trace(situation, { tracer: "prestateTracer", tracerConfig: { diffMode: true, disableCode: true } }, diffSchema),
    ]);
    return {
      status: calls.error === undefined ? "success" : "reverted",
      gasUsed: calls.gasUsed,
      output: calls.output,
      logs: collectLogs(frame),
      calls,
      diffs: toAccountDiffs(diff),
    };
  }

  /** Accounts and words that a run reads or writes and that its prestate does not know. */
  async missing(situation: Situation): Promise<Touched[]> {
    const touched = await this.#trace(situation, { tracer: "prestateTracer", tracerConfig: { disableCode: true } }, prestateSchema);
    return Object.entries(touched).flatMap(([text, { storage }]): Touched[] => {
      const address = rpcAddressSchema.parse(text);
      const known = situation.prestate.get(address);
      const slots = Object.keys(storage ?? {}).map((slot) => slot as Hex).filter((slot) => known?.storage[slot] === undefined);
      return known === undefined || slots.length > 0 ? [{ address, slots }] : [];
    });
  }

  /** Inputs of the hashes computed on the way. */
  preimages(situation: Situation): Promise<Hex[]> {
    return this.#trace(situation, { tracer: PREIMAGE_TRACER }, z.array(hexSchema));
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }

  #trace<T>(situation: Situation, tracer: object, schema: z.ZodType<T>): Promise<T> {
    const { transaction: { block, ...transaction }, prestate, replaced, blockHashes } = situation;
    const call = {
      from: transaction.from,
      ...(transaction.to === null ? {} : { to: transaction.to }),
      data: transaction.input,
      value: formatTag(transaction.valueWei),
      gas: formatTag(transaction.gas),
      gasPrice: formatTag(transaction.gasPriceWei),
      ...(transaction.accessList.length === 0 ? {} : { accessList: transaction.accessList }),
    };
    const blockOverrides = {
      number: formatTag(block.number),
      time: formatTag(block.timestampSeconds),
      gasLimit: formatTag(block.gasLimit),
      coinbase: block.coinbase,
      baseFee: formatTag(block.baseFeeWei),
      ...(block.randomness === undefined ? {} : { random: block.randomness }),
      blockHash: blockHashes ?? (block.height === block.number && block.height > 0n ? { [(block.height - 1n).toString()]: block.parentHash } : {}),
    };
    const options = { ...tracer, stateOverrides: formatOverrides(prestate, replaced, this.#code), blockOverrides };
    return this.#anvil.rpc.request("debug_traceCall", [call, "latest", options], schema);
  }
}

export async function startReplayEngine(chainId: bigint): Promise<ReplayEngine> {
  return new ReplayEngine(await startAnvil({ chainId, accounts: 1 }));
}

/** Whether the local chain would not even begin to run it, e.g. because its gas limit is above what a transaction may have. */
export function isRejection(error: unknown): error is LpctlError {
  return error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR";
}

/** Children's logs lie between their callers' own; `position` says how many children came before. */
function collectLogs(frame: Frame): TrafficLog[] {
  if (frame.error !== undefined && frame.error !== null) return [];
  const collected: TrafficLog[] = [];
  const children = frame.calls ?? [];
  const own = frame.logs ?? [];
  let next = 0;
  for (let index = 0; index <= children.length; index += 1) {
    for (let log = own[next]; log !== undefined && Number(log.position ?? 0n) <= index; log = own[++next]) {
      collected.push({ address: log.address, topics: log.topics, data: log.data });
    }
    const child = children[index];
    if (child !== undefined) collected.push(...collectLogs(child));
  }
  return collected;
}

