import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { Rpc, Transport } from "../../chain/rpc.ts";
import { hexSchema, quantitySchema, ZERO_ADDRESS, type Hex } from "../../protocol/hex.ts";
import type { ForeseenCall } from "./touched.ts";
import { slotSchema, type Wanted } from "./upstream-state.ts";
import type { Witness } from "./witness.ts";

const callSchema = z.object({
  to: rpcAddressSchema,
  from: rpcAddressSchema.optional(),
  data: hexSchema.optional(),
  input: hexSchema.optional(),
  value: quantitySchema.optional(),
});

interface Waiting {
  go: () => void;
  fail: (error: unknown) => void;
}

/**
 * The fork's own RPC, which lets the witness look ahead: whatever is asked of the fork in one turn of the event loop is
 * fetched from the distant chain together, before the fork begins to ask for it word by word.
 */
export function warmRpc(fork: Rpc, witness: Witness): Rpc {
  const known = new Set<string>();
  let reads: ForeseenCall[] = [];
  let accounts: Wanted = new Map();
  let waiting: Waiting[] = [];

  const flush = (): void => {
    const [all, asked] = [waiting, { reads, accounts }];
    [waiting, reads, accounts] = [[], [], new Map()];
    witness.prefetch([], asked).then(
      () => all.forEach(({ go }) => go()),
      (error: unknown) => all.forEach(({ fail }) => fail(error)),
    );
  };
  const warm = (): Promise<void> =>
    new Promise((go, fail) => {
      if (waiting.push({ go, fail }) === 1) setImmediate(flush);
    });

  const send = async (inner: Transport, method: string, params: unknown[]): Promise<unknown> => {
    const key = JSON.stringify([method, params]);
    if (!known.has(key) && note(method, params, reads, accounts)) {
      known.add(key);
      await warm();
    }
    return inner.send(method, params);
  };
  return fork.through((inner) => ({ endpoint: inner.endpoint, send: (method, params) => send(inner, method, params) }));
}

/** Notes what a request reads; false when it reads nothing of the state. */
function note(method: string, params: readonly unknown[], reads: ForeseenCall[], accounts: Wanted): boolean {
  if (method === "eth_call") {
    const call = callSchema.safeParse(params[0]);
    if (!call.success) return false;
    const { to, from = ZERO_ADDRESS, data, input, value = 0n } = call.data;
    reads.push({ from, to, data: data ?? input ?? "0x", valueWei: value });
    return true;
  }
  if (!/^eth_get(Code|Balance|TransactionCount|StorageAt)$/.test(method)) return false;
  const address = rpcAddressSchema.safeParse(params[0]);
  if (!address.success) return false;
  const slots = accounts.get(address.data) ?? new Set<Hex>();
  accounts.set(address.data, slots);
  const slot = slotSchema.safeParse(params[1]);
  if (method === "eth_getStorageAt" && slot.success) slots.add(slot.data);
  return true;
}
