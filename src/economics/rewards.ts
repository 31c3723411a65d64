/** What becomes of a round's new tokens, to the wei (contracts/bonding/BondingWork.sol, BondingTreasury.sol). */
import { MILLION, PRECISE, percOf, percPoints, preciseFraction } from "./scale.ts";

/** The treasury's part of rewards (LIP-89, LIP-92). Rates have 27 digits. */
export interface TreasuryState {
  balanceWei: bigint;
  /** Rate of the present round. */
  cut: bigint;
  /** Rate from the next round on. */
  nextCut: bigint;
  /** Balance from which on the treasury gets no more; zero for no limit. */
  ceilingWei: bigint;
}

/** A transcoder with all its delegators. */
export interface PoolState {
  stakeWei: bigint;
  /** What the transcoder keeps of rewards, parts per million. */
  rewardCut: bigint;
  /** Growth of a delegator's stake since the beginning, 27 digits. */
  factor: bigint;
  /** What the transcoder has earned for itself since its last claim. */
  ownRewardsWei: bigint;
}

export interface SplitReward {
  mintedWei: bigint;
  treasuryWei: bigint;
  /** The transcoder's reward cut. */
  commissionWei: bigint;
  /** For everybody in the pool by stake, the transcoder's own included. */
  sharedWei: bigint;
}

/** `Minter.createReward`: the part of what may be minted that a stake gets. */
export function rewardFor(mintableWei: bigint, stakeWei: bigint, activeWei: bigint, divisor: bigint): bigint {
  return activeWei === 0n ? 0n : percOf(mintableWei, percPoints(stakeWei, activeWei, divisor), divisor);
}

/** When a round begins: the rate that was set before counts from now on. */
export function applyTreasuryCut(treasury: TreasuryState): TreasuryState {
  return { ...treasury, cut: treasury.nextCut };
}

/** Before each reward: a treasury that is full gets nothing from the next round on. The rate of this round stays. */
export function stopAtCeiling(treasury: TreasuryState): TreasuryState {
  const isFull = treasury.ceilingWei > 0n && treasury.nextCut > 0n && treasury.balanceWei >= treasury.ceilingWei;
  return isFull ? { ...treasury, nextCut: 0n } : treasury;
}

export function splitReward(mintedWei: bigint, treasuryCut: bigint, rewardCut: bigint): SplitReward {
  const treasuryWei = percOf(mintedWei, treasuryCut, PRECISE);
  const left = mintedWei - treasuryWei;
  const commissionWei = percOf(left, rewardCut, MILLION);
  return { mintedWei, treasuryWei, commissionWei, sharedWei: left - commissionWei };
}

/** One call of `reward()` by the transcoder of a pool; `treasury` undefined where none is registered. */
export function callReward(
  pool: PoolState,
  treasury: TreasuryState | undefined,
  round: { mintableWei: bigint; activeWei: bigint; divisor: bigint },
): { pool: PoolState; treasury: TreasuryState | undefined; split: SplitReward } {
  const looked = treasury === undefined ? undefined : stopAtCeiling(treasury);
  const split = splitReward(rewardFor(round.mintableWei, pool.stakeWei, round.activeWei, round.divisor), looked?.cut ?? 0n, pool.rewardCut);
  return {
    split,
    treasury: looked === undefined ? undefined : { ...looked, balanceWei: looked.balanceWei + split.treasuryWei },
    pool: {
      ...pool,
      stakeWei: pool.stakeWei + split.commissionWei + split.sharedWei,
      factor: pool.factor + preciseFraction(pool.factor, split.sharedWei, pool.stakeWei),
      ownRewardsWei: pool.ownRewardsWei + split.commissionWei + preciseFraction(split.sharedWei, pool.ownRewardsWei, pool.stakeWei),
    },
  };
}
