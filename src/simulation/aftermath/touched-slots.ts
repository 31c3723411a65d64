import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { namesOf, type AddressBook } from "../contract-book.ts";
import { decodeStorage } from "../decode-storage.ts";
import { slotHex } from "../slot-hash.ts";

/** Words of one account's storage, by slot. */
export type Words = ReadonlyMap<Hex, Hex>;

const tracedSchema = z.record(rpcAddressSchema, z.looseObject({ storage: z.record(hash32Schema, z.unknown()).optional() }));
const FIRST_SLOTS = 64n;
/** Of a contract's storage, whatever touched it. */
export const FIRST_WORDS = Array.from({ length: Number(FIRST_SLOTS) }, (_, at): Hex => `0x${slotHex(BigInt(at))}`);

/** The slots that mined transactions read or wrote, of each of the accounts. */
export async function findTouchedSlots(rpc: Rpc, hashes: readonly Hex[], accounts: readonly Address[]): Promise<Map<Address, Hex[]>> {
  if (accounts.length === 0) return new Map();
  const traces = await Promise.all(hashes.map((hash) => rpc.request("debug_traceTransaction", [hash, { tracer: "prestateTracer", tracerConfig: { disableCode: true } }], tracedSchema)));
  return new Map(
    accounts.map((account) => {
      const slots = traces.flatMap((trace) => Object.keys(trace[account]?.storage ?? {}) as Hex[]);
      return [account, [...new Set(slots)].toSorted()];
    }),
  );
}

/** These words and the first ones, where variables in place lie. */
export async function readWords(rpc: Rpc, slots: ReadonlyMap<Address, readonly Hex[]>): Promise<Map<Address, Words>> {
  const read = [...slots].map(async ([account, more]): Promise<[Address, Words]> => {
    const wanted = [...new Set([...FIRST_WORDS, ...more])];
    const words = await Promise.all(wanted.map((slot) => rpc.storage(account, slot)));
    return [account, new Map(wanted.map((slot, at) => [slot, words[at] ?? "0x"]))];
  });
  return new Map(await Promise.all(read));
}

/**
 * Words that are not what they would be, by the names that the new code's layout has for them. A word that the old code
 * neither wrote nor looks at belongs to the new one alone.
 * @param touched by the old code in its life
 */
export function differingWords(account: Address, is: Words, was: Words, touched: ReadonlySet<Hex>, book: AddressBook, keys: readonly Hex[]): string[] {
  const changes = [...is].flatMap(([slot, after]) => {
    const before = was.get(slot);
    return before === undefined || before === after || (BigInt(before) === 0n && !touched.has(slot)) ? [] : [{ slot, before, after }];
  });
  if (changes.length === 0) return [];
  const { changes: named } = decodeStorage({ layout: book.layoutOf(account), changes, preimages: [], keys, names: namesOf(book) });
  return named.map(({ path, slot, before, after, beforeText, afterText }) => {
    const where = path === undefined ? `slot ${BigInt(slot) < FIRST_SLOTS ? BigInt(slot) : slot}` : path;
    return `${where} holds ${afterText ?? after} instead of ${beforeText ?? before}`;
  });
}
