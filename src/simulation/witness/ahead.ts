import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { ForeseenCall } from "./touched.ts";
import { slotSchema, type Wanted } from "./upstream-state.ts";

/** What a fork will most likely read. */
export interface Ahead {
  /** Calls of which the code is mostly known; those that were foreseen before are not looked at again. */
  reads?: readonly ForeseenCall[];
  accounts?: Wanted;
  /** Codes seen elsewhere, which need not be sent again when they have the proven hash. */
  codes?: ReadonlyMap<Address, Hex>;
}

/** EIP-2935: the contract that every block writes its parent's hash to. */
const BLOCK_HISTORY = rpcAddressSchema.parse("0x0000f90827f1c53a10cb7a02335b175320002935");
const HISTORY_SLOTS = 8191n;
const BLOCKS_AHEAD = 16;

export function joinAhead(all: readonly Ahead[]): Required<Ahead> {
  const accounts = new Map<Address, Set<Hex>>();
  for (const [address, slots] of all.flatMap((one) => [...(one.accounts ?? [])])) accounts.set(address, new Set([...(accounts.get(address) ?? []), ...slots]));
  return { reads: all.flatMap((one) => one.reads ?? []), accounts, codes: new Map(all.flatMap((one) => [...(one.codes ?? [])])) };
}

/** The slots that the blocks after each of these write: each block one, in the order of their numbers. */
export function historyAfter(blocks: readonly bigint[]): Ahead {
  const slots = blocks.flatMap((block) => Array.from({ length: BLOCKS_AHEAD }, (_, index) => slotSchema.parse(formatTag((block + BigInt(index)) % HISTORY_SLOTS))));
  return { accounts: new Map([[BLOCK_HISTORY, new Set(slots)]]) };
}
