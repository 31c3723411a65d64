/** What a Minter does when a round begins, to the wei (contracts/token/ScaledMinter.sol). */
import { percOf, percPoints } from "./scale.ts";

export interface InflationRules {
  /** What 100% is in the Minter's rates: a million at the launch, a billion since LIP-40. */
  divisor: bigint;
  /** By how much inflation moves each round, in parts of `divisor`. */
  change: bigint;
  /** Share of the supply that should be bonded, in parts of `divisor`. */
  target: bigint;
}

export interface BegunRound {
  /** Share of the supply that is bonded, in parts of the divisor. */
  bondingRate: bigint;
  /** New tokens of this round as a share of the supply, in parts of the divisor. */
  inflation: bigint;
  /** What may be minted in this round. */
  mintableWei: bigint;
}

/** Inflation of the next round: up below the target, down to nothing above it, still on it. It has no upper bound. */
export function nextInflation(inflation: bigint, bondingRate: bigint, { change, target }: Pick<InflationRules, "change" | "target">): bigint {
  if (bondingRate < target) return inflation + change;
  if (bondingRate > target) return inflation > change ? inflation - change : 0n;
  return inflation;
}

/**
 * `Minter.setCurrentRewardTokens`.
 * @param bondedWei stake of the active set of the round that begins
 */
export function beginRound(state: { inflation: bigint; supplyWei: bigint; bondedWei: bigint }, rules: InflationRules): BegunRound {
  const { inflation: before, supplyWei, bondedWei } = state;
  const bondingRate = supplyWei === 0n ? 0n : percPoints(bondedWei, supplyWei, rules.divisor);
  const inflation = nextInflation(before, bondingRate, rules);
  return { bondingRate, inflation, mintableWei: percOf(supplyWei, inflation, rules.divisor) };
}
