/** Shares as the contracts reckon them: every operation rounds down, and a fraction is cut to its scale before it multiplies. */

/** Reward cuts, slash amounts, the Minter of the launch. */
export const MILLION = 10n ** 6n;
/** The Minter since LIP-40. */
export const BILLION = 10n ** 9n;
/** Treasury cut and cumulative factors (LIP-71, LIP-92). */
export const PRECISE = 10n ** 27n;

/** `numerator / denominator` in parts of `divisor`. */
export function percPoints(numerator: bigint, denominator: bigint, divisor: bigint): bigint {
  return (numerator * divisor) / denominator;
}

/** `points` parts of `divisor` of an amount. */
export function percOf(amount: bigint, points: bigint, divisor: bigint): bigint {
  return (amount * points) / divisor;
}

/** `numerator / denominator` of an amount, the fraction cut to 27 digits first. */
export function preciseFraction(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  return percOf(amount, percPoints(numerator, denominator, PRECISE), PRECISE);
}
