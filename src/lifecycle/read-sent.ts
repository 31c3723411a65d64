import { z } from "zod";
import type { JournalState } from "../chain/journal-entries.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Call } from "../proposal/call.ts";
import { hexSchema, quantitySchema, type Address, type Hex } from "../protocol/hex.ts";

const transactionSchema = z.object({ from: rpcAddressSchema, to: rpcAddressSchema.nullable(), input: hexSchema, value: quantitySchema });

/**
 * Which of a key's calls, from the first on, the chain holds as successful transactions of that key. The journal only says
 * where to look: it lies in a folder that may have come from anywhere.
 */
export async function readSent(rpc: Rpc, key: Address, calls: readonly Call[], journal: JournalState | undefined): Promise<Hex[]> {
  const found = await Promise.all(
    calls.map(async (call, index) => {
      const hashes = journal?.operations[index]?.attempts.map(({ hash }) => hash) ?? [];
      const mined = await Promise.all(hashes.map((hash) => carriesOut(rpc, hash, key, call)));
      return hashes.find((_, at) => mined[at]);
    }),
  );
  const missing = found.indexOf(undefined);
  return found.slice(0, missing < 0 ? found.length : missing).filter((hash) => hash !== undefined);
}

async function carriesOut(rpc: Rpc, hash: Hex, key: Address, call: Call): Promise<boolean> {
  const [receipt, transaction] = await Promise.all([rpc.receipt(hash), rpc.request("eth_getTransactionByHash", [hash], transactionSchema.nullable())]);
  return (
    receipt?.status === "success" &&
    transaction?.from === key &&
    transaction.to === call.to &&
    transaction.input === call.data &&
    transaction.value === call.valueWei
  );
}
