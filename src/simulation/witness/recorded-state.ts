import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { decimalSchema, hash32Schema, hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { blockFieldsSchema, type BlockFields } from "../../snapshot/trie/block-header.ts";

/** One account at the recorded block, as far as anybody asked for it. */
export interface RecordedAccount {
  balanceWei: bigint;
  nonce: bigint;
  code: Hex;
  /** 32-byte slot to 32-byte word. A slot that is not here was not asked for. */
  storage: Record<Hex, Hex>;
}

/** Everything a simulation read of a chain: enough to run it again without the chain. */
export interface RecordedState {
  chainId: bigint;
  block: BlockFields;
  accounts: Record<Address, RecordedAccount>;
  /** Hashes of earlier blocks that contracts asked for, by decimal number. */
  blockHashes: Record<string, Hex>;
}

/** Reads a recorded state from a file of ours (`toPlainJson`). */
export const recordedStateSchema = z.strictObject({
  chainId: decimalSchema,
  block: blockFieldsSchema,
  accounts: z.record(
    rpcAddressSchema,
    z.strictObject({ balanceWei: decimalSchema, nonce: decimalSchema, code: hexSchema, storage: z.record(hash32Schema, hash32Schema) }),
  ),
  blockHashes: z.record(z.string().regex(/^\d+$/, "not a block number"), hash32Schema),
});
