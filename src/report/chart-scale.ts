/** Round numbers for the axes of charts. */

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * Round values from at or below `least` to at or above `most`, evenly spaced, at least two. What is all the same gets a little
 * room on both sides, so that it lies in the middle.
 * @param wanted about how many
 */
export function niceTicks(least: number, most: number, wanted: number): number[] {
  if (!Number.isFinite(least) || !Number.isFinite(most)) return [0, 1];
  const [low, high] = least === most ? roomAround(least) : [Math.min(least, most), Math.max(least, most)];
  const rough = (high - low) / Math.max(1, wanted - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((each) => each * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, index) => (first + index) * step);
}

function roomAround(value: number): [number, number] {
  if (value === 0) return [0, 1];
  const room = Math.abs(value) * 0.1;
  return [value - room, value + room];
}

/** `1.25M`, `310`, `0.0221`: as short as the distance between two ticks allows. */
export function formatTick(value: number, step: number): string {
  const size = Math.abs(value);
  const [divisor, suffix] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(Math.abs(step) / divisor) - 1e-9) + (isWholeStep(step / divisor) ? 0 : 1)));
  const text = (value / divisor).toFixed(digits);
  return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text}${suffix}`.replace(/^-0$/, "0");
}

/** Whether one significant digit says it: 2.5 takes one more. */
function isWholeStep(step: number): boolean {
  const power = 10 ** Math.floor(Math.log10(Math.abs(step)));
  return Math.abs(step / power - Math.round(step / power)) < 1e-9;
}
