/**
 * The classic slip: a raw integer in the scale of another parameter. 100000 is 10% in parts of 10^6 and
 * nothing at all in parts of 10^27, and the contract accepts both.
 *
 * A raw integer is suspicious when
 *   1. it is more than 100%, and some other scale makes a percentage of it;
 *   2. it is a hundred times or more away from the reference (the current value, else the default), and
 *      another scale (percent, basis points, 10^6, 10^9, 10^18, 10^27) brings it within ten times of it;
 *   3. without a reference, it is below one part in 10^9 of a 10^27 scale;
 *   4. it is an amount of tokens below 10^12 wei: whole tokens were meant;
 *   5. it is a number of rounds, a hundred times the reference or more, and at least one round long in blocks.
 *
 * A value written with its unit (`0.5%`, `100 LPT`) says what it means and is never suspected.
 */
import { formatHuman, percentDivisor } from "./units.ts";
import type { Unit } from "./units.ts";

export interface ProbableMeaning {
  /** What was probably meant, in the scale of the parameter; undefined when only the doubt is certain. */
  value: bigint | undefined;
  /** In which scale the written number makes sense: `parts per 10^6`, `whole LPT`, `blocks`. */
  scale: string;
}

export interface MeaningContext {
  /** The current value, else the default; undefined or 0n when there is none. */
  reference?: bigint | undefined;
  /** For lengths in rounds. */
  roundLengthBlocks?: bigint | undefined;
}

const SCALES: readonly { divisor: bigint; name: string }[] = [
  { divisor: 100n, name: "percent" },
  { divisor: 10n ** 4n, name: "basis points" },
  { divisor: 10n ** 6n, name: "parts per 10^6" },
  { divisor: 10n ** 9n, name: "parts per 10^9" },
  { divisor: 10n ** 18n, name: "parts per 10^18" },
  { divisor: 10n ** 27n, name: "parts per 10^27" },
];
const FAR = 100n;
const NEAR = 10n;
const SMALLEST_PLAUSIBLE_WEI = 10n ** 12n;
const DEFAULT_ROUND_LENGTH_BLOCKS = 5760n;

/** What a raw integer was probably meant to be, or undefined when nothing is suspicious about it. */
export function probableMeaning(value: bigint, unit: Unit, context: MeaningContext = {}): ProbableMeaning | undefined {
  if (value === 0n) return undefined;
  const divisor = percentDivisor(unit);
  if (divisor !== undefined) return percentMeaning(value, divisor, context.reference);
  if (unit === "wei-lpt" || unit === "wei-eth") {
    return value < SMALLEST_PLAUSIBLE_WEI ? { value: value * 10n ** 18n, scale: unit === "wei-lpt" ? "whole LPT" : "whole ETH" } : undefined;
  }
  if (unit === "rounds") return roundsMeaning(value, context);
  return undefined;
}

/** `10% (100000)`: how a refused value is offered in the right scale. */
export function describeMeaning(value: bigint, unit: Unit): string {
  return `${formatHuman(value, unit)} (raw ${value})`;
}

function percentMeaning(value: bigint, divisor: bigint, reference: bigint | undefined): ProbableMeaning | undefined {
  const known = reference === undefined || reference === 0n ? undefined : reference;
  const readings = SCALES.filter((scale) => scale.divisor !== divisor && value <= scale.divisor && (value * divisor) % scale.divisor === 0n).map((scale) => ({
    value: (value * divisor) / scale.divisor,
    scale: scale.name,
  }));
  if (value > divisor) {
    return known === undefined ? readings[0] : nearestTo(known, readings);
  }
  if (known === undefined) {
    return divisor === 10n ** 27n && value < 10n ** 18n ? readings.find((reading) => /10\^(?:6|9)/.test(reading.scale)) ?? readings[0] : undefined;
  }
  if (ratio(value, known) < FAR) return undefined;
  const best = nearestTo(known, readings);
  return best !== undefined && ratio(best.value, known) <= NEAR ? best : undefined;
}

function roundsMeaning(value: bigint, context: MeaningContext): ProbableMeaning | undefined {
  const roundLength = context.roundLengthBlocks ?? DEFAULT_ROUND_LENGTH_BLOCKS;
  const { reference } = context;
  if (reference === undefined || reference === 0n || roundLength === 0n) return undefined;
  if (value < roundLength || ratio(value, reference) < FAR) return undefined;
  return { value: value % roundLength === 0n ? value / roundLength : undefined, scale: "blocks" };
}

function nearestTo<T extends { value: bigint }>(reference: bigint, readings: readonly T[]): T | undefined {
  return readings.reduce<T | undefined>((best, reading) => (best === undefined || ratio(reading.value, reference) < ratio(best.value, reference) ? reading : best), undefined);
}

/** How many times the greater is the smaller, rounded down. */
function ratio(left: bigint, right: bigint): bigint {
  const [smaller, greater] = left < right ? [left, right] : [right, left];
  return smaller === 0n ? greater * FAR : greater / smaller;
}
