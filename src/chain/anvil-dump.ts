import { constants } from "node:buffer";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { sliceOfMember } from "../protocol/json-member.ts";
import { rpcAddressSchema } from "./rpc-schemas.ts";
import type { Rpc } from "./rpc.ts";

/** Everything that a local chain holds, as anvil dumps it: JSON. Of a large chain it is more than a text can hold. */
export async function readDump(rpc: Rpc): Promise<Buffer> {
  // A pattern that looks at every digit runs out of stack on a large chain.
  const packed = await rpc.request("anvil_dumpState", [], z.string().startsWith("0x"));
  return promisify(gunzip)(Buffer.from(packed.slice(2), "hex"));
}

/**
 * The accounts of a local chain, without its transactions, which are most of the dump of a large one.
 * @param schema of an account
 * @throws LPCTL_LOCAL_CHAIN_TOO_LARGE
 */
export async function readDumpedAccounts<T>(rpc: Rpc, schema: z.ZodType<T>): Promise<ReadonlyMap<Address, T>> {
  const accounts = sliceOfMember(await readDump(rpc), "accounts");
  if (accounts.length > constants.MAX_STRING_LENGTH) {
    throw new LpctlError({
      code: "LPCTL_LOCAL_CHAIN_TOO_LARGE",
      exit: Exit.failed,
      message: `The accounts of the local chain at ${rpc.origin} cannot be read in one piece`,
      why: `anvil's dump of them has ${Math.ceil(accounts.length / 2 ** 20)} MiB`,
      next: "Use a chain with less state, or a node other than anvil",
      details: { accountsBytes: accounts.length },
    });
  }
  const parsed = z.record(rpcAddressSchema, schema).parse(JSON.parse(accounts.toString("utf8")));
  return new Map(Object.entries(parsed).map(([address, account]) => [rpcAddressSchema.parse(address), account]));
}
