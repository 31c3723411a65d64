import { constants } from "node:buffer";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { Rpc } from "./rpc.ts";

/** Everything that a local chain holds, as anvil dumps it: JSON. Of a large chain it is more than a text can hold. */
export async function readDump(rpc: Rpc): Promise<Uint8Array> {
  // A pattern that looks at every digit runs out of stack on a large chain.
  const packed = await rpc.request("anvil_dumpState", [], z.string().startsWith("0x"));
  return promisify(gunzip)(Buffer.from(packed.slice(2), "hex"));
}

/**
 * The same, parsed by the schema of whoever wants something of it.
 * @throws LPCTL_LOCAL_CHAIN_TOO_LARGE
 */
export async function readAnvilDump<T>(rpc: Rpc, schema: z.ZodType<T>): Promise<T> {
  const dump = await readDump(rpc);
  if (dump.length > constants.MAX_STRING_LENGTH) {
    throw new LpctlError({
      code: "LPCTL_LOCAL_CHAIN_TOO_LARGE",
      exit: Exit.failed,
      message: `What the local chain at ${rpc.origin} holds cannot be read in one piece`,
      why: `its dump is ${Math.ceil(dump.length / 2 ** 20)} MiB, with every transaction that was ever sent`,
      next: "Use a chain with fewer transactions, or a node other than anvil",
      details: { dumpBytes: dump.length },
    });
  }
  return schema.parse(JSON.parse(Buffer.from(dump.buffer, dump.byteOffset, dump.byteLength).toString("utf8")));
}
