import type { ProtocolState } from "../state.ts";

/** Arbitrum One, Nova and Sepolia: contracts see the numbers of the chain below. */
const ARBITRUM_CHAINS: ReadonlySet<bigint> = new Set([42_161n, 42_170n, 421_614n]);

/**
 * `block.number` as contracts see it in the block of a state. On Arbitrum it is that of Ethereum, which the header has in
 * the second eight bytes of `mixHash`, so that the block's hash proves it.
 */
export function contractBlockNumber({ chainId, block }: Pick<ProtocolState, "chainId" | "block">): bigint {
  if (!ARBITRUM_CHAINS.has(chainId) || block.mixHash === undefined) return BigInt(block.number);
  return BigInt(`0x${block.mixHash.slice(18, 34)}`);
}
