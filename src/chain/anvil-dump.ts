import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import type { Rpc } from "./rpc.ts";

/** Everything that a local chain holds, as anvil dumps it: JSON, as text. */
export async function readDumpText(rpc: Rpc): Promise<string> {
  // A pattern that looks at every digit runs out of stack on a large chain.
  const packed = await rpc.request("anvil_dumpState", [], z.string().startsWith("0x"));
  const text = await promisify(gunzip)(Buffer.from(packed.slice(2), "hex"));
  return text.toString("utf8");
}

/** The same, parsed by the schema of whoever wants something of it. */
export async function readAnvilDump<T>(rpc: Rpc, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readDumpText(rpc)));
}
