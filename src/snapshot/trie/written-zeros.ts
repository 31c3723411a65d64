import { z } from "zod";
import { readDumpedAccounts } from "../../chain/anvil-dump.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { hash32Schema, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";

const dumpedSchema = z.object({ storage: z.record(z.string(), z.string()) });

/**
 * Words that are zero and that anvil has in its storage tries all the same, because a transaction read or wrote them.
 * On Ethereum they are not there; with them, the root that anvil gives for an account can be computed.
 */
export async function readWrittenZeros(rpc: Rpc): Promise<Map<Address, Hex[]>> {
  return new Map(
    [...(await readDumpedAccounts(rpc, dumpedSchema))].map(([address, { storage }]) => [
      address,
      Object.entries(storage).flatMap(([slot, value]) => (BigInt(value) === BigInt(ZERO_HASH) ? [hash32Schema.parse(slot)] : [])),
    ]),
  );
}
