import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { hash32Schema, hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { slotSchema, wordsOf, type Wanted } from "./upstream-state.ts";

/** A call that will be made on the fork, or one like it that reads the same. */
export interface ForeseenCall {
  from: Address;
  to: Address | null;
  data: Hex;
  valueWei: bigint;
  /** State that is different by then: without it the call would end before it has read what it will read. */
  overrides?: Record<Address, { stateDiff?: Record<Hex, Hex>; code?: Hex }> | undefined;
}

/** What an RPC says that calls read. A hint only: the values come with proofs, and a missing account or slot is fetched later. */
export interface Touched {
  wanted: Wanted;
  codes: Map<Address, Hex>;
  /** Words that the RPC claims to be in the state, to be compared with the proven ones. */
  words: { address: Address; slot: Hex; word: Hex }[];
}

const prestateSchema = z.record(
  rpcAddressSchema,
  z.object({ code: hexSchema.nullish(), storage: z.record(hash32Schema, hash32Schema).nullish() }),
);
const accessListSchema = z.object({ accessList: z.array(z.object({ address: rpcAddressSchema, storageKeys: z.array(slotSchema) })) });

/** Below every cap on one transaction or call. */
const GAS = "0xf42400";
const MOST_MENTIONED = 64;

/**
 * Asks in one batch what the calls touch: transactions by tracing them, which gives their code too, mere reads by access
 * lists, which are smaller. An RPC that offers neither, or cannot run one of the calls, leaves less known, which costs time
 * later and nothing else.
 */
export async function foresee(rpc: Rpc, block: bigint, calls: readonly ForeseenCall[], reads: readonly ForeseenCall[] = []): Promise<Touched> {
  const touched: Touched = { wanted: new Map(), codes: new Map(), words: [] };
  for (const call of calls) for (const address of mentionedBy(call)) want(touched, address);
  for (const { from, to } of reads) for (const address of to === null ? [from] : [from, to]) want(touched, address);
  const [traced] = await Promise.all([
    Promise.all(calls.flatMap((call) => withAndWithoutOverrides(call).map((variant) => trace(rpc, block, variant, touched)))),
    Promise.all(reads.map((read) => (read.overrides === undefined ? listAccess(rpc, block, read, touched) : trace(rpc, block, read, touched)))),
  ]);
  if (calls.length > 0 && traced.every((done) => !done)) await Promise.all(calls.map((call) => listAccess(rpc, block, call, touched)));
  return touched;
}

/** Where overrides are not known the bare call may still run a part of the way. */
function withAndWithoutOverrides(call: ForeseenCall): ForeseenCall[] {
  return call.overrides === undefined ? [call] : [call, { ...call, overrides: undefined }];
}

async function trace(rpc: Rpc, block: bigint, call: ForeseenCall, touched: Touched): Promise<boolean> {
  const { overrides } = call;
  const options = { tracer: "prestateTracer", ...(overrides === undefined ? {} : { stateOverrides: overrides }) };
  const prestate = await answerOf(rpc.request("debug_traceCall", [toRequest(call), formatTag(block), options], prestateSchema));
  if (prestate === undefined) return false;
  for (const [key, { code, storage }] of Object.entries(prestate)) {
    const address = rpcAddressSchema.parse(key);
    const slots = want(touched, address);
    const overridden = overrides?.[address];
    if (code && overridden?.code === undefined) touched.codes.set(address, code);
    for (const [slotKey, word] of Object.entries(storage ?? {})) {
      const slot = slotSchema.parse(slotKey);
      slots.add(slot);
      if (overridden === undefined) touched.words.push({ address, slot, word });
    }
  }
  return true;
}

async function listAccess(rpc: Rpc, block: bigint, call: ForeseenCall, touched: Touched): Promise<void> {
  const found = await answerOf(rpc.request("eth_createAccessList", [toRequest(call), formatTag(block)], accessListSchema));
  for (const { address, storageKeys } of found?.accessList ?? []) {
    const slots = want(touched, address);
    for (const slot of storageKeys) slots.add(slot);
  }
}

/** Undefined when the RPC answers with an error of its own; failures of the connection remain failures. */
async function answerOf<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (wordsOf(error) === undefined) throw error;
    return undefined;
  }
}

function want({ wanted }: Touched, address: Address): Set<Hex> {
  const slots = wanted.get(address) ?? new Set<Hex>();
  wanted.set(address, slots);
  return slots;
}

function toRequest({ from, to, data, valueWei }: ForeseenCall): Record<string, string> {
  return { from, ...(to === null ? {} : { to }), data, gas: GAS, ...(valueWei === 0n ? {} : { value: formatTag(valueWei) }) };
}

/** Who takes part for sure, and words of the call's data that look like addresses: new code, owners, targets of inner calls. */
function mentionedBy({ from, to, data }: ForeseenCall): Address[] {
  const found = new Set<Address>(to === null ? [from] : [from, to]);
  const digits = data.slice(2);
  // Arguments of calls inside calls lie four bytes off the words of the outer one.
  for (let at = 8; at + 64 <= digits.length && found.size < MOST_MENTIONED; at += 8) {
    const word = digits.slice(at, at + 64);
    if (/^0{24}(?!0{8})[0-9a-f]{40}$/.test(word) && !word.endsWith("0".repeat(8))) found.add(rpcAddressSchema.parse(`0x${word.slice(24)}`));
  }
  return [...found];
}
