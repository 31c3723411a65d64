/** What a projection starts from, and what decides where it goes. */

export interface MonetaryPolicy {
  /** By how much inflation moves each round, in parts of the Minter's divisor. */
  inflationChange: bigint;
  /** In parts of the Minter's divisor. */
  targetBondingRate: bigint;
  /** The treasury's part of rewards from the next round on, 27 digits. */
  treasuryCut: bigint;
  /** Zero for no limit. */
  treasuryCeilingWei: bigint;
  /** What transcoders keep of rewards, parts per million. Each sets its own; one stands for all here. */
  rewardCut: bigint;
  roundLengthBlocks: bigint;
}

export interface Economy {
  /** What 100% is in the Minter's rates. */
  divisor: bigint;
  round: bigint;
  supplyWei: bigint;
  /** Stake of the active set, as the Minter sees it. */
  bondedWei: bigint;
  /** In parts of the divisor. */
  inflation: bigint;
  /** False where no Treasury is registered: then its part stays with those who earned it. */
  hasTreasury: boolean;
  treasuryWei: bigint;
  policy: MonetaryPolicy;
}

/** Of 365.25 days, in milliseconds. */
export const YEAR = 31_557_600_000n;

/** What happens once per round, as a rate per year of 365.25 days: not compounded, rounded down. */
export function perYear(perRound: bigint, roundLengthBlocks: bigint, blockMilliseconds: bigint): bigint {
  return (perRound * YEAR) / (roundLengthBlocks * blockMilliseconds);
}

/** Whole rounds in so much time. */
export function roundsInTime(milliseconds: bigint, roundLengthBlocks: bigint, blockMilliseconds: bigint): bigint {
  return milliseconds / (roundLengthBlocks * blockMilliseconds);
}
