import { Exit, LpctlError } from "../errors.ts";
import { nextInflation } from "./inflation.ts";
import { expectedRates, type Participation } from "./participation.ts";
import { perYear, type Economy, type MonetaryPolicy } from "./economy.ts";
import { applyTreasuryCut, splitReward, stopAtCeiling, type TreasuryState } from "./rewards.ts";
import { BILLION, MILLION, PRECISE, percOf, percPoints, preciseFraction } from "./scale.ts";

/** One round of a path, after its rewards. All amounts in units of 1e-18 LPT. */
export interface PathPoint {
  /** Rounds since the beginning; 0 is the state as it is. */
  round: number;
  bondingRatePpb: bigint;
  /** In parts of the Minter's divisor. */
  inflation: bigint;
  /** New tokens per year as a share of the supply, in parts of 1e9, not compounded. */
  annualInflationPpb: bigint;
  /** What a delegator's stake earns per year, after the treasury's and the transcoder's part, in parts of 1e9, not compounded. */
  annualYieldPpb: bigint;
  supplyWei: bigint;
  /** Since the beginning. */
  mintedWei: bigint;
  treasuryWei: bigint;
  /** Growth of a delegator's stake that is never touched, 27 digits. */
  stakeFactor: bigint;
  /** Sum of what 1 LPT staked gives its transcoder as commission, in units of 1e-18, if that LPT grows with its rewards. */
  commissionFactor: bigint;
}

/** The path without chance. */
export interface ExpectedPath {
  /** As many as were asked for, the first the beginning, the last the end, evenly spaced. */
  points: PathPoint[];
  /** Round in which the treasury reached its ceiling, if it did. */
  ceilingRound: number | undefined;
}

/**
 * Plays rounds as the contracts do, with all stake of a round in one pool whose transcoder calls for its reward every time.
 * @param options samples: how many points to keep beyond the first
 * @throws LPCTL_PROJECTION_TOO_FAR
 */
export function expectPath(
  economy: Economy,
  policy: MonetaryPolicy,
  participation: Participation,
  options: { rounds: number; samples: number; blockMilliseconds: bigint },
): ExpectedPath {
  const { divisor } = economy;
  const { rounds, blockMilliseconds } = options;
  const rates = expectedRates(participation, rounds);
  const wanted = sampleRounds(rounds, options.samples);
  const annually = (perRound: bigint): bigint => perYear(perRound, policy.roundLengthBlocks, blockMilliseconds);
  let inflation = economy.inflation;
  let supplyWei = economy.supplyWei;
  let treasury: TreasuryState = { balanceWei: economy.treasuryWei, cut: 0n, nextCut: economy.hasTreasury ? policy.treasuryCut : 0n, ceilingWei: policy.treasuryCeilingWei };
  let [stakeFactor, commissionFactor] = [PRECISE, 0n];
  let ceilingRound: number | undefined;
  const startRate = supplyWei === 0n ? 0n : percPoints(economy.bondedWei, supplyWei, BILLION);
  const startSplit = splitReward(percOf(supplyWei, inflation, divisor), treasury.nextCut, policy.rewardCut);
  const points: PathPoint[] = [
    {
      round: 0, bondingRatePpb: startRate, inflation, annualInflationPpb: annually((inflation * BILLION) / divisor), supplyWei, mintedWei: 0n, treasuryWei: treasury.balanceWei, stakeFactor, commissionFactor,
      annualYieldPpb: economy.bondedWei === 0n ? 0n : annually(percPoints(startSplit.sharedWei, economy.bondedWei, BILLION)),
    },
  ];
  let next = 1;
  for (let round = 1; round <= rounds; round++) {
    const rate = BigInt(rates[round - 1] ?? 0);
    const bondedWei = leastBonded(supplyWei, rate);
    inflation = nextInflation(inflation, (rate * divisor) / BILLION, { change: policy.inflationChange, target: policy.targetBondingRate });
    treasury = stopAtCeiling(applyTreasuryCut(treasury));
    const { mintedWei, treasuryWei, commissionWei, sharedWei } = splitReward(bondedWei === 0n ? 0n : percOf(supplyWei, inflation, divisor), treasury.cut, policy.rewardCut);
    if (bondedWei > 0n) {
      commissionFactor += percOf(preciseFraction(stakeFactor, commissionWei, bondedWei), MILLION * MILLION * MILLION, PRECISE);
      stakeFactor += preciseFraction(stakeFactor, sharedWei, bondedWei);
    }
    supplyWei += mintedWei;
    requireReckonable(supplyWei);
    // Rewards come one after another: one of them finds the treasury full in the very round in which it fills.
    treasury = stopAtCeiling({ ...treasury, balanceWei: treasury.balanceWei + treasuryWei });
    if (ceilingRound === undefined && policy.treasuryCut > 0n && treasury.nextCut === 0n && economy.hasTreasury) ceilingRound = round;
    if (round !== wanted[next]) continue;
    next += 1;
    points.push({
      round,
      bondingRatePpb: rate,
      inflation,
      annualInflationPpb: annually((inflation * BILLION) / divisor),
      annualYieldPpb: bondedWei === 0n ? 0n : annually(percPoints(sharedWei, bondedWei, BILLION)),
      supplyWei,
      mintedWei: supplyWei - economy.supplyWei,
      treasuryWei: treasury.balanceWei,
      stakeFactor,
      commissionFactor,
    });
  }
  return { points, ceilingRound };
}

/** Rounds at which paths are looked at: 0, and so many more at even distances, the last round among them. */
export function sampleRounds(rounds: number, samples: number): number[] {
  const count = Math.max(1, Math.min(samples, rounds));
  return Array.from({ length: count + 1 }, (_, index) => Math.round((index * rounds) / count));
}

/** Floats count millionths of an LPT up to here; a supply that grows this far tells nothing any more. */
export const MOST_LPT = 9_000_000_000n;

/** @throws LPCTL_PROJECTION_TOO_FAR where a supply has outgrown nine billion LPT */
export function requireReckonable(supplyWei: bigint): void {
  if (supplyWei < MOST_LPT * BILLION * BILLION) return;
  throw new LpctlError({
    code: "LPCTL_PROJECTION_TOO_FAR",
    exit: Exit.refused,
    message: "The supply would outgrow nine billion LPT before the end of the projection",
    why: "Inflation rises in every round that begins below the target, and has no upper bound.",
    next: "Project fewer rounds, or another inflationChange",
  });
}

/** The least stake whose share of the supply a Minter takes for this rate. */
function leastBonded(supplyWei: bigint, ratePpb: bigint): bigint {
  return (supplyWei * ratePpb + BILLION - 1n) / BILLION;
}
