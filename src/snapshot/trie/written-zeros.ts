import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { hash32Schema, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";

const dumpSchema = z.object({ accounts: z.record(rpcAddressSchema, z.object({ storage: z.record(z.string(), z.string()) })) });

/**
 * Words that are zero and that anvil has in its storage tries all the same, because a transaction read or wrote them.
 * On Ethereum they are not there; with them, the root that anvil gives for an account can be computed.
 */
export async function readWrittenZeros(rpc: Rpc): Promise<Map<Address, Hex[]>> {
  // A pattern that looks at every digit runs out of stack on that many.
  const packed = await rpc.request("anvil_dumpState", [], z.string().startsWith("0x"));
  const text = await promisify(gunzip)(Buffer.from(packed.slice(2), "hex"));
  const { accounts } = dumpSchema.parse(JSON.parse(text.toString("utf8")));
  return new Map(
    Object.entries(accounts).map(([address, { storage }]) => [
      rpcAddressSchema.parse(address),
      Object.entries(storage).flatMap(([slot, value]) => (BigInt(value) === BigInt(ZERO_HASH) ? [hash32Schema.parse(slot)] : [])),
    ]),
  );
}
