import type { Rpc } from "../chain/rpc.ts";

export interface BlockTime {
  /** Between two blocks, on average. */
  milliseconds: bigint;
  /** False where contracts count the blocks of another chain than their own. */
  isOwn: boolean;
}

/** Arbitrum One, Arbitrum Sepolia: `block.number` there is Ethereum's, which has a block every twelve seconds. */
const COUNT_ETHEREUM_BLOCKS: readonly bigint[] = [42_161n, 421_614n];
const ETHEREUM_MILLISECONDS = 12_000n;
const BLOCKS_LOOKED_BACK = 1_000n;

/** How long a block takes, as contracts count blocks; measured over the last thousand. Undefined where there are none before. */
export async function readBlockTime(rpc: Rpc, chainId: bigint, until: { number: bigint; timestampSeconds: bigint }): Promise<BlockTime | undefined> {
  if (COUNT_ETHEREUM_BLOCKS.includes(chainId)) return { milliseconds: ETHEREUM_MILLISECONDS, isOwn: false };
  const blocks = until.number <= BLOCKS_LOOKED_BACK ? until.number - 1n : BLOCKS_LOOKED_BACK;
  if (blocks <= 0n) return undefined;
  const since = await rpc.block(until.number - blocks);
  return { milliseconds: ((until.timestampSeconds - since.timestampSeconds) * 1_000n) / blocks, isOwn: true };
}
