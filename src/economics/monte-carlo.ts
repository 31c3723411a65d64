/** Many paths of participation, each played by the Minter's own arithmetic. */
import type { Economy, MonetaryPolicy } from "./economy.ts";
import { MOST_LPT, requireReckonable, sampleRounds } from "./expected-path.ts";
import { selectRanks } from "./quantiles.ts";
import { fillDrawn, fillNormal, seedPath, type RandomState } from "./random.ts";
import { startOf, type Participation } from "./participation.ts";
import { BILLION, PRECISE } from "./scale.ts";

/** Shares of the paths that lie below a band, in percent. */
export const BANDS = [5, 25, 50, 75, 95] as const;

/** One value for each of `BANDS`, at one round. */
export type Band = readonly bigint[];

export interface PathBands {
  /** Rounds since the beginning. */
  rounds: number[];
  /** In parts of 1e9, of each round in `rounds`, as are the others. */
  inflationPpb: Band[];
  /** Whole millionths of an LPT, in units of 1e-18. */
  supplyWei: Band[];
  /** A delegator's reward of the round as a share of its stake before the transcoder's part, in parts of 1e18. */
  rewardPerStake: Band[];
  /** At the end, in units of 1e-18; the rounding of each round is left out: at most one unit a round. */
  treasuryIncomeWei: Band;
  /** Share of the paths on which the treasury's ceiling is reached, in parts of 1e6. */
  ceilingReachedPpm: bigint;
}

export interface MonteCarloOptions {
  rounds: number;
  paths: number;
  seed: bigint;
  samples: number;
}

/** An amount in units of 1e-18 LPT as `whole * 1e18 + middle * 1e9 + low`: three numbers that floats hold exactly. */
const LIMB = 1e9;
/** Above this, in parts of 1e9 per round, products of limbs no longer fit into a float; such rounds go the slow way. */
const FAST_INFLATION = 8e6;
const FAST_WHOLE = 1e9;

/**
 * Plays the paths. Participation is a float until it is cut to parts of 1e9; amounts are exact to the wei, and the same seed
 * gives the same on every machine.
 * @throws LPCTL_PROJECTION_TOO_FAR
 */
export function simulatePaths(economy: Economy, policy: MonetaryPolicy, participation: Participation, options: MonteCarloOptions): PathBands {
  const { rounds, paths } = options;
  const wanted = sampleRounds(rounds, options.samples);
  const columns = (): Float64Array[] => wanted.map(() => new Float64Array(paths));
  const [inflations, supplies, yields] = [columns(), columns(), columns()];
  const chance = new Float64Array(rounds);
  const incomes = new Float64Array(paths);
  const scale = Number(BILLION / economy.divisor);
  const step = Number(policy.inflationChange);
  const target = Number(policy.targetBondingRate);
  const cut = economy.hasTreasury ? Number(policy.treasuryCut) / 1e27 : 0;
  const [whole0, middle0, low0] = limbsOf(economy.supplyWei);
  const start = micros(whole0, middle0);
  const [fullWhole, fullMiddle, fullLow] = fullAt(economy, policy);
  const draw = drawerOf(participation);
  const { mean, reversion, noise } = draw;
  let reached = 0;
  for (let path = 0; path < paths; path++) {
    draw.fill?.(seedPath(options.seed, path), chance);
    let [rate, inflation] = [draw.start, Number(economy.inflation)];
    let [whole, middle, low] = [whole0, middle0, low0];
    // Supply at the end of the round in which the treasury fills.
    let filled = whole > fullWhole || (whole === fullWhole && (middle > fullMiddle || (middle === fullMiddle && low >= fullLow))) ? start : -1;
    let sample = 1;
    for (let round = 1; round <= rounds; round++) {
      rate += reversion * (mean - rate) + noise * (chance[round - 1] ?? 0);
      if (rate < 0) rate = 0;
      else if (rate > LIMB) rate = LIMB;
      const bonding = Math.floor(rate);
      const seen = scale === 1 ? bonding : Math.floor(bonding / scale);
      if (seen < target) inflation += step;
      else if (seen > target) inflation = inflation > step ? inflation - step : 0;
      const parts = inflation * scale;
      const isFull = filled >= 0;
      if (bonding > 0) {
        if (parts <= FAST_INFLATION && whole < FAST_WHOLE) {
          const added = low + middle * parts + Math.floor((low * parts) / LIMB);
          const carry = Math.floor(added / LIMB);
          low = added - carry * LIMB;
          const raised = middle + whole * parts + carry;
          const carried = Math.floor(raised / LIMB);
          middle = raised - carried * LIMB;
          whole += carried;
        } else {
          [whole, middle, low] = grown(whole, middle, low, parts);
        }
        if (!isFull && (whole > fullWhole || (whole === fullWhole && (middle > fullMiddle || (middle === fullMiddle && low >= fullLow))))) filled = micros(whole, middle);
      }
      if (round !== wanted[sample]) continue;
      put(inflations, sample, path, parts);
      put(supplies, sample, path, micros(whole, middle));
      put(yields, sample, path, bonding === 0 ? 0 : Math.floor((parts / bonding) * (isFull ? 1 : 1 - cut) * LIMB));
      sample += 1;
    }
    if (filled >= 0) reached += 1;
    incomes[path] = (filled >= 0 ? filled : micros(whole, middle)) - start;
  }
  const startRate = Number(startOf(participation));
  const startParts = Number(economy.inflation) * scale;
  for (let path = 0; path < paths; path++) {
    put(inflations, 0, path, startParts);
    put(supplies, 0, path, start);
    put(yields, 0, path, startRate === 0 ? 0 : Math.floor((startParts / startRate) * (1 - cut) * LIMB));
  }
  const treasuryPart = economy.hasTreasury ? policy.treasuryCut : 0n;
  return {
    rounds: wanted,
    inflationPpb: inflations.map((each) => bandOf(each, 1n)),
    supplyWei: supplies.map((each) => bandOf(each, MICRO_WEI)),
    rewardPerStake: yields.map((each) => bandOf(each, BILLION)),
    treasuryIncomeWei: bandOf(incomes, MICRO_WEI).map((minted) => (minted * treasuryPart) / PRECISE),
    ceilingReachedPpm: treasuryPart === 0n || policy.treasuryCeilingWei === 0n ? 0n : BigInt(Math.floor((reached / paths) * 1e6)),
  };
}

const MICRO_WEI = 10n ** 12n;

/** The quantiles of `BANDS`: of so many values in order, the first that so many percent are not above. Changes the order of the values. */
export function bandOf(values: Float64Array, unit: bigint): Band {
  return selectRanks(values, BANDS.map((percent) => Math.max(0, Math.ceil((percent * values.length) / 100) - 1))).map((value) => BigInt(value) * unit);
}

interface Drawer {
  start: number;
  mean: number;
  reversion: number;
  /** What chance is multiplied by. */
  noise: number;
  /** Draws the chance of all rounds of a path; undefined where there is none. */
  fill: ((random: RandomState, into: Float64Array) => void) | undefined;
}

function drawerOf(participation: Participation): Drawer {
  if (participation.kind === "fixed") {
    const rate = Number(participation.ratePpb);
    return { start: rate, mean: rate, reversion: 0, noise: 0, fill: undefined };
  }
  const common = { start: Number(participation.startPpb), mean: Number(participation.meanPpb), reversion: Number(participation.reversionPpb) / 1e9 };
  if (participation.kind === "mean-reverting") return { ...common, noise: Number(participation.noisePpb), fill: fillNormal };
  const { surprisesPpb } = participation;
  return { ...common, noise: 1, fill: (random, into) => fillDrawn(random, surprisesPpb, into) };
}

/** The supply at which the treasury, with its part of everything minted, is full; beyond every supply where there is no ceiling. */
function fullAt(economy: Economy, policy: MonetaryPolicy): [number, number, number] {
  const isLimited = economy.hasTreasury && policy.treasuryCut > 0n && policy.treasuryCeilingWei > 0n;
  if (!isLimited) return [Infinity, 0, 0];
  const missing = policy.treasuryCeilingWei > economy.treasuryWei ? policy.treasuryCeilingWei - economy.treasuryWei : 0n;
  const supply = economy.supplyWei + (missing * PRECISE + policy.treasuryCut - 1n) / policy.treasuryCut;
  return supply >= MOST_LPT * BILLION * BILLION ? [Infinity, 0, 0] : limbsOf(supply);
}

/** The supply after a round, with integers of any size. */
function grown(whole: number, middle: number, low: number, partsPpb: number): [number, number, number] {
  const before = (BigInt(whole) * BILLION + BigInt(middle)) * BILLION + BigInt(low);
  return limbsOf(before + (before * BigInt(partsPpb)) / BILLION);
}

function limbsOf(amountWei: bigint): [number, number, number] {
  requireReckonable(amountWei);
  return [Number(amountWei / (BILLION * BILLION)), Number((amountWei / BILLION) % BILLION), Number(amountWei % BILLION)];
}

/** Whole millionths of an LPT: up to nine billion LPT exactly. */
function micros(whole: number, middle: number): number {
  return whole * 1e6 + Math.floor(middle / 1e3);
}

function put(columns: readonly Float64Array[], sample: number, path: number, value: number): void {
  const column = columns[sample];
  if (column !== undefined) column[path] = value;
}
