/** What is assumed of how much of the supply is bonded: the one thing here that people decide and arithmetic does not. */

/** Shares are in parts of 1e9. The noise is a float when it is drawn; what comes out is a whole number of parts again. */
export type Participation =
  | { kind: "fixed"; ratePpb: bigint }
  | MeanReverting
  | (Omit<MeanReverting, "kind" | "noisePpb"> & {
      kind: "history";
      /** Rounds that it was learned from. */
      observedRounds: number;
      /** What those rounds did beyond returning to the mean, one of which is drawn for each round to come. */
      surprisesPpb: readonly number[];
    });

export interface MeanReverting {
  kind: "mean-reverting";
  startPpb: bigint;
  meanPpb: bigint;
  /** Share of the distance to the mean that goes each round, in parts of 1e9. */
  reversionPpb: bigint;
  /** Standard deviation of what chance adds each round. */
  noisePpb: bigint;
}

const ONE = 1_000_000_000;

/** Where participation begins. */
export function startOf(participation: Participation): bigint {
  return participation.kind === "fixed" ? participation.ratePpb : participation.startPpb;
}

/** The path without chance: bonding rate of each round, in parts of 1e9. */
export function expectedRates(participation: Participation, rounds: number): number[] {
  const rate = Number(startOf(participation));
  if (participation.kind === "fixed") return Array.from({ length: rounds }, () => rate);
  const [mean, reversion] = [Number(participation.meanPpb), Number(participation.reversionPpb) / ONE];
  let at = rate;
  return Array.from({ length: rounds }, () => {
    at = clamp(at + reversion * (mean - at));
    return Math.floor(at);
  });
}

/** The same assumption with every share moved by so much, within 0% and 100%: for asking how much depends on it. */
export function shiftParticipation(participation: Participation, byPpb: bigint): Participation {
  const moved = (rate: bigint): bigint => BigInt(clamp(Number(rate + byPpb)));
  return participation.kind === "fixed"
    ? { ...participation, ratePpb: moved(participation.ratePpb) }
    : { ...participation, startPpb: moved(participation.startPpb), meanPpb: moved(participation.meanPpb) };
}

/** For rounds of another length: per round less goes back, and less is added, in a shorter one. */
export function rescaleParticipation(participation: Participation, from: bigint, to: bigint): Participation {
  if (participation.kind === "fixed" || from === to) return participation;
  const reversion = (participation.reversionPpb * to) / from;
  const slower = { reversionPpb: reversion > BigInt(ONE) ? BigInt(ONE) : reversion };
  const spread = Math.sqrt(Number(to) / Number(from));
  return participation.kind === "mean-reverting"
    ? { ...participation, ...slower, noisePpb: BigInt(Math.round(Number(participation.noisePpb) * spread)) }
    : { ...participation, ...slower, surprisesPpb: participation.surprisesPpb.map((surprise) => Math.round(surprise * spread)) };
}

/**
 * Learns from past rounds: least squares of each round's change on the rate before it gives mean and reversion, what is left over
 * is what chance did. Where the past does not return to anything, nothing is assumed to pull.
 * @param ratesPpb of consecutive rounds, oldest first, at least three
 */
export function learnParticipation(ratesPpb: readonly number[]): Participation {
  const steps = ratesPpb.slice(1).map((rate, index) => ({ from: ratesPpb[index] ?? rate, change: rate - (ratesPpb[index] ?? rate) }));
  const count = Math.max(1, steps.length);
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
  const [meanFrom, meanChange] = [meanOf(steps.map(({ from }) => from)), meanOf(steps.map(({ change }) => change))];
  const variance = steps.reduce((sum, { from }) => sum + (from - meanFrom) * (from - meanFrom), 0);
  const slope = variance === 0 ? 0 : steps.reduce((sum, { from, change }) => sum + (from - meanFrom) * (change - meanChange), 0) / variance;
  const reversion = Math.min(1, Math.max(0, -slope));
  const last = ratesPpb.at(-1) ?? 0;
  const mean = reversion < 1e-6 ? last : clamp(meanFrom + meanChange / reversion);
  const left = steps.map(({ from, change }) => change - reversion * (mean - from));
  const middle = meanOf(left);
  return {
    kind: "history",
    startPpb: BigInt(Math.round(last)),
    meanPpb: BigInt(Math.round(mean)),
    reversionPpb: BigInt(Math.round(reversion * ONE)),
    observedRounds: ratesPpb.length,
    // A drift in one direction is no law: it would leave the possible within years.
    surprisesPpb: left.map((surprise) => Math.round(surprise - middle)),
  };
}

function clamp(rate: number): number {
  return Math.min(ONE, Math.max(0, rate));
}
