import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { Rpc, Transport } from "../../chain/rpc.ts";
import { hash32Schema, hexSchema, quantitySchema, ZERO_ADDRESS, type Hex } from "../../protocol/hex.ts";
import { slotSchema } from "./upstream-state.ts";
import type { Ahead } from "./ahead.ts";
import type { Witness } from "./witness.ts";

const overridesSchema = z.record(
  rpcAddressSchema,
  z.object({ code: hexSchema.optional(), stateDiff: z.record(hash32Schema, hash32Schema).optional() }).transform(({ code, stateDiff }) => ({ ...(code === undefined ? {} : { code }), ...(stateDiff === undefined ? {} : { stateDiff }) })),
);

const callSchema = z.object({
  to: rpcAddressSchema,
  from: rpcAddressSchema.optional(),
  data: hexSchema.optional(),
  input: hexSchema.optional(),
  value: quantitySchema.optional(),
});

/** The fork's own RPC, which lets the witness know what the fork is doing: when it lacks something, it can look ahead. */
export function warmRpc(fork: Rpc, witness: Witness): Rpc {
  const send = (inner: Transport, method: string, params: unknown[]): Promise<unknown> => {
    const ahead = readBy(method, params);
    const work = (): Promise<unknown> => inner.send(method, params);
    return ahead === undefined ? work() : witness.whileRunning(ahead, work);
  };
  return fork.through((inner) => ({ endpoint: inner.endpoint, send: (method, params) => send(inner, method, params) }));
}

/** What a request reads; undefined when that is nothing of the state. */
export function readBy(method: string, params: readonly unknown[]): Ahead | undefined {
  if (method === "eth_call") {
    const call = callSchema.safeParse(params[0]);
    if (!call.success) return undefined;
    const { to, from = ZERO_ADDRESS, data, input, value = 0n } = call.data;
    const overrides = overridesSchema.safeParse(params[2]);
    return { reads: [{ from, to, data: data ?? input ?? "0x", valueWei: value, ...(overrides.success ? { overrides: overrides.data } : {}) }] };
  }
  if (!/^eth_get(Code|Balance|TransactionCount|StorageAt)$/.test(method)) return undefined;
  const address = rpcAddressSchema.safeParse(params[0]);
  if (!address.success) return undefined;
  const slot = slotSchema.safeParse(params[1]);
  return { accounts: new Map([[address.data, new Set<Hex>(method === "eth_getStorageAt" && slot.success ? [slot.data] : [])]]) };
}
