import { percOf, MILLION } from "../../economics/scale.ts";
import type { StateView } from "./state-view.ts";

/** As the RoundsManager tells it (contracts/rounds/RoundsManager.sol). Lengths in blocks as contracts see them. */
export interface Rounds {
  current: bigint;
  startBlock: bigint;
  lastInitialized: bigint;
  /** Somebody began the current round. */
  isInitialized: boolean;
  /** Transcoders' terms are frozen. */
  isLocked: boolean;
  length: bigint;
  /** Parts per million of the length. */
  lockAmountPpm: bigint;
}

/** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
export function roundsOf(view: StateView): Rounds {
  const rounds = view.contract("RoundsManager");
  const [length, lockAmountPpm, updateRound, updateBlock, lastInitialized] = (["roundLength", "roundLockAmount", "lastRoundLengthUpdateRound", "lastRoundLengthUpdateStartBlock", "lastInitializedRound"] as const).map((name) => rounds.number(name)) as [bigint, bigint, bigint, bigint, bigint];
  // On test nets the height is what somebody set (contracts/rounds/AdjustableRoundsManager.sol).
  const height = rounds.has("num") ? rounds.number("num") : view.blockNumber;
  // Without a length the contract has no rounds, and reverts.
  const since = length === 0n || height < updateBlock ? 0n : (height - updateBlock) / length;
  const current = updateRound + since;
  const startBlock = updateBlock + since * length;
  return {
    current,
    startBlock,
    lastInitialized,
    isInitialized: lastInitialized === current,
    isLocked: height - startBlock >= length - percOf(length, lockAmountPpm, MILLION),
    length,
    lockAmountPpm,
  };
}
