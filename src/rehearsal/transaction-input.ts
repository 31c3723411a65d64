import { z } from "zod";
import type { Rpc } from "../chain/rpc.ts";
import { hexSchema, type Hex } from "../protocol/hex.ts";

const transactionSchema = z.looseObject({ input: hexSchema });

/** What a mined transaction called its target with. */
export async function transactionInput(rpc: Rpc, hash: Hex): Promise<Hex> {
  return (await rpc.request("eth_getTransactionByHash", [hash], transactionSchema)).input;
}
