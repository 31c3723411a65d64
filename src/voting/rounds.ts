import { tryReadFunction } from "../chain/read-function.ts";
import { readSibling } from "../chain/registered-contract.ts";
import type { BlockTag, Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";

/** The rounds of a protocol, in the blocks that contracts see. */
export interface Rounds {
  current: bigint;
  startBlock: bigint;
  lengthBlocks: bigint;
  /** How many blocks the current round has had before this one. */
  blocksIntoRound: bigint;
}

/**
 * Rounds as the RoundsManager counts them that is registered beside a contract: BondingVotes, the BondingManager.
 * @returns undefined where there is none, or no contract
 */
export async function readRounds(rpc: Rpc, manager: Address | undefined, at: BlockTag = "latest"): Promise<Rounds | undefined> {
  const rounds = manager === undefined ? undefined : await readSibling(rpc, manager, "RoundsManager", at);
  if (rounds === undefined) return undefined;
  const ask = async (name: string): Promise<bigint | undefined> => (await tryReadFunction(rpc, rounds, `function ${name}() view returns (uint256)`, [], at))?.[0] as bigint | undefined;
  const [current, lengthBlocks, startBlock, block] = await Promise.all([ask("currentRound"), ask("roundLength"), ask("currentRoundStartBlock"), ask("blockNum")]);
  if (current === undefined || startBlock === undefined || block === undefined || lengthBlocks === undefined || lengthBlocks === 0n) return undefined;
  return { current, startBlock, lengthBlocks, blocksIntoRound: block - startBlock };
}
