import { z } from "zod";
import type { Rpc } from "../../chain/rpc.ts";
import type { GasCaps } from "../../checks/check.ts";
import { quantitySchema } from "../../protocol/hex.ts";

/** EIP-7825, since the Osaka fork: 2^24. */
const TRANSACTION_CAP = 16_777_216n;
/** Ethereum, Sepolia, Hoodi. */
const ENFORCED_ON: readonly bigint[] = [1n, 11155111n, 560048n];

const headerSchema = z.object({ gasLimit: quantitySchema });

/** How much gas one transaction may use on a chain; a local chain stands for the first one and only warns. */
export async function readGasCaps(rpc: Rpc, chainId: bigint): Promise<GasCaps> {
  const { gasLimit } = await rpc.request("eth_getBlockByNumber", ["latest", false], headerSchema);
  const isEnforced = ENFORCED_ON.includes(chainId);
  return { block: gasLimit, transaction: isEnforced || chainId === 31337n ? { gas: TRANSACTION_CAP, isEnforced } : undefined };
}
