import { z } from "zod";
import { startAnvil } from "../chain/anvil.ts";
import { formatTag, type BlockHeader } from "../chain/rpc.ts";
import { predictGenesis } from "./predict-genesis.ts";
import type { Prediction } from "./prediction.ts";
import type { PreparedGenesis } from "./prepare-genesis.ts";

/**
 * Predicts a genesis again when it is over: on an empty chain of the same id, at the block where it began. A genesis makes
 * everything it needs, so nothing of the real chain is missing there, and no archive node is needed.
 * @param began the block of one of its first transactions
 * @throws LPCTL_GENESIS_WOULD_REVERT where it did need something of the real chain
 */
export async function repredictGenesis({ plan, artifacts, suite }: PreparedGenesis, chainId: bigint, began: BlockHeader): Promise<Prediction> {
  const before = began.number > 0n ? began.number - 1n : 0n;
  const anvil = await startAnvil({ chainId, genesisBlock: before, genesisTimestampSeconds: began.timestampSeconds - 1n });
  try {
    await anvil.rpc.request("anvil_setNonce", [plan.from, formatTag(plan.firstNonce)], z.unknown());
    return await predictGenesis({ rpcUrl: anvil.url, plan, artifacts, contracts: suite });
  } finally {
    await anvil.stop();
  }
}
