import { z } from "zod";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { hash32Schema, hexSchema, quantitySchema, ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { SlotChange } from "./decode-storage.ts";
import type { CallNode } from "../outcome/simulation.ts";

/** What one transaction (or several, merged) did to one account. */
export interface AccountDiff {
  address: Address;
  /** Changed words only. */
  storage: SlotChange[];
  balanceWei?: { before: bigint; after: bigint };
  nonce?: { before: bigint; after: bigint };
  code?: { before: Hex; after: Hex };
}

export interface TransactionTrace {
  diffs: AccountDiff[];
  /** Without names: `nameCalls` adds them. */
  calls: CallNode;
}

const accountSchema = z.object({
  balance: quantitySchema.optional(),
  nonce: z.int().nonnegative().optional(),
  code: hexSchema.optional(),
  storage: z.record(hash32Schema, hash32Schema).optional(),
});
type Account = z.infer<typeof accountSchema>;

export const diffSchema = z.object({
  pre: z.record(rpcAddressSchema, accountSchema),
  post: z.record(rpcAddressSchema, accountSchema),
});

const callTypeSchema = z.enum(["CALL", "DELEGATECALL", "STATICCALL", "CALLCODE", "CREATE", "CREATE2", "SELFDESTRUCT"]);

export const callSchema: z.ZodType<CallNode> = z
  .object({
    type: callTypeSchema,
    from: rpcAddressSchema,
    // Absent where a deployment failed.
    to: rpcAddressSchema.nullish(),
    value: quantitySchema.nullish(),
    input: hexSchema,
    output: hexSchema.nullish(),
    gasUsed: quantitySchema,
    error: z.string().nullish(),
    get calls() {
      return z.array(callSchema).nullish();
    },
  })
  .transform(
    (call): CallNode => ({
      type: call.type,
      from: call.from,
      to: call.to ?? ZERO_ADDRESS,
      valueWei: call.value ?? 0n,
      input: call.input,
      output: call.output ?? "0x",
      gasUsed: call.gasUsed,
      ...(call.error ? { error: printable(call.error) } : {}),
      children: call.calls ?? [],
    }),
  );

/**
 * Collects what was hashed: two words for a mapping, one for the data of an array, more for keys of type string.
 * Only the inputs are believed; the hashes are computed again here.
 */
export const PREIMAGE_TRACER = `{
  seen: {},
  step: function (log) {
    if (log.op.toNumber() !== 32) return;
    var length = parseInt(log.stack.peek(1).toString(10));
    if (length < 32 || length > 1056) return;
    var offset = parseInt(log.stack.peek(0).toString(10));
    if (offset + length <= log.memory.length()) this.seen[toHex(log.memory.slice(offset, offset + length))] = 1;
  },
  fault: function () {},
  result: function () { return Object.keys(this.seen); }
}`;

/**
 * Account changes and call tree of a mined transaction.
 * @throws LPCTL_SIMULATION_NO_TRACES when the node does not offer debug_traceTransaction
 */
export async function traceTransaction(rpc: Rpc, hash: Hex): Promise<TransactionTrace> {
  return oneAtATime(rpc, async () => {
    const [diff, calls] = await Promise.all([
      trace(rpc, hash, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }, diffSchema),
      trace(rpc, hash, { tracer: "callTracer" }, callSchema),
    ]);
    return { diffs: toAccountDiffs(diff), calls };
  });
}

/** As `traceTransaction`, without the calls. */
export async function traceDiffs(rpc: Rpc, hash: Hex): Promise<AccountDiff[]> {
  return toAccountDiffs(await oneAtATime(rpc, () => trace(rpc, hash, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }, diffSchema)));
}

/** Hash inputs of a mined transaction. Empty when the node runs no JavaScript tracers: keys are then guessed. */
export async function tracePreimages(rpc: Rpc, hash: Hex): Promise<Hex[]> {
  try {
    return await oneAtATime(rpc, () => trace(rpc, hash, { tracer: PREIMAGE_TRACER }, z.array(hexSchema)));
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_SIMULATION_NO_TRACES") return [];
    throw error;
  }
}

const queues = new WeakMap<Rpc, Promise<unknown>>();

/** A JavaScript tracer beside another trace can lock anvil for good, so tracers of one node take turns. */
function oneAtATime<T>(rpc: Rpc, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(rpc) ?? Promise.resolve()).then(work, work);
  queues.set(rpc, turn.catch(() => undefined));
  return turn;
}

async function trace<T>(rpc: Rpc, hash: Hex, options: object, schema: z.ZodType<T>): Promise<T> {
  try {
    return await rpc.request("debug_traceTransaction", [hash, options], schema);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR") throw error;
    throw new LpctlError({
      code: "LPCTL_SIMULATION_NO_TRACES",
      exit: Exit.network,
      message: `The RPC at ${rpc.origin} does not trace transactions`,
      why: error.message,
      next: "Use an endpoint that offers debug_traceTransaction",
      details: { transaction: hash },
      cause: error,
    });
  }
}

export function toAccountDiffs({ pre, post }: z.infer<typeof diffSchema>): AccountDiff[] {
  const addresses = new Set<Address>([...keysOf(pre), ...keysOf(post)]);
  return [...addresses].map((address) => toAccountDiff(address, pre[address], post[address]));
}

function keysOf(accounts: Record<string, Account>): Address[] {
  return Object.keys(accounts).map((address) => rpcAddressSchema.parse(address));
}

/** `post` holds only what changed; an account that is missing there was destroyed. */
function toAccountDiff(address: Address, pre: Account | undefined, post: Account | undefined): AccountDiff {
  const destroyed = post === undefined;
  const slots = new Set([...Object.keys(pre?.storage ?? {}), ...Object.keys(post?.storage ?? {})]);
  const storage = [...slots]
    .map((text): SlotChange => {
      const slot = hash32Schema.parse(text);
      return { slot, before: pre?.storage?.[slot] ?? ZERO_HASH, after: post?.storage?.[slot] ?? ZERO_HASH };
    })
    .filter((change) => change.before !== change.after);
  const balanceWei = { before: pre?.balance ?? 0n, after: destroyed ? 0n : (post.balance ?? pre?.balance ?? 0n) };
  const nonce = { before: BigInt(pre?.nonce ?? 0), after: BigInt(destroyed ? 0 : (post.nonce ?? pre?.nonce ?? 0)) };
  const code = { before: pre?.code ?? "0x", after: destroyed ? "0x" : (post.code ?? pre?.code ?? "0x") } as const;
  return {
    address,
    storage,
    ...(balanceWei.before === balanceWei.after ? {} : { balanceWei }),
    ...(nonce.before === nonce.after ? {} : { nonce }),
    ...(code.before === code.after ? {} : { code }),
  };
}
