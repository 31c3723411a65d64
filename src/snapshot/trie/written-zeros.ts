import { z } from "zod";
import { readAnvilDump } from "../../chain/anvil-dump.ts";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { hash32Schema, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";

const dumpSchema = z.object({ accounts: z.record(rpcAddressSchema, z.object({ storage: z.record(z.string(), z.string()) })) });

/**
 * Words that are zero and that anvil has in its storage tries all the same, because a transaction read or wrote them.
 * On Ethereum they are not there; with them, the root that anvil gives for an account can be computed.
 */
export async function readWrittenZeros(rpc: Rpc): Promise<Map<Address, Hex[]>> {
  const { accounts } = await readAnvilDump(rpc, dumpSchema);
  return new Map(
    Object.entries(accounts).map(([address, { storage }]) => [
      rpcAddressSchema.parse(address),
      Object.entries(storage).flatMap(([slot, value]) => (BigInt(value) === BigInt(ZERO_HASH) ? [hash32Schema.parse(slot)] : [])),
    ]),
  );
}
