import type { RoundView } from "../actors/actor.ts";

/** What the RoundsManager counts rounds by. */
export interface RoundClock {
  lengthBlocks: bigint;
  /** Share of a round, parts per million. */
  lockAmountPpm: bigint;
  lastInitialized: bigint;
  /** Round in which the length was last changed, and its first block. */
  baseRound: bigint;
  baseBlock: bigint;
}

/**
 * The round that a block lies in, by the RoundsManager's own arithmetic. Asked of the contract itself, the answer would be
 * that of the newest block, and a call is in the block after it.
 */
export function roundAt(clock: RoundClock, block: bigint): RoundView {
  const { lengthBlocks, lockAmountPpm, lastInitialized, baseRound, baseBlock } = clock;
  const since = (block - baseBlock) / lengthBlocks;
  const number = baseRound + since;
  const startBlock = baseBlock + since * lengthBlocks;
  return {
    number,
    startBlock,
    endBlock: startBlock + lengthBlocks,
    lengthBlocks,
    lastInitialized,
    initialized: lastInitialized === number,
    lockedFromBlock: startBlock + lengthBlocks - (lengthBlocks * lockAmountPpm) / 1_000_000n,
  };
}
