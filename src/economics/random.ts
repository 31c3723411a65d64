/** Chance that is the same on every machine: whole numbers, and of floats only what IEEE 754 fixes to the last bit. */

/** State of a generator (sfc32): four words of 32 bits. */
export interface RandomState {
  a: number;
  b: number;
  c: number;
  d: number;
}

/** A generator of its own for each path, so that one path does not depend on how long others are. */
export function seedPath(seed: bigint, path: number): RandomState {
  const word = Number(seed & 0xffff_ffffn);
  const high = Number((seed >> 32n) & 0xffff_ffffn);
  const state: RandomState = { a: scramble(word ^ 0x9e37_79b9), b: scramble(high ^ 0x243f_6a88), c: scramble(path + 0x85eb_ca6b), d: 1 };
  for (let round = 0; round < 12; round++) nextWord(state);
  return state;
}

/** 32 random bits, as a signed integer. */
function nextWord(state: RandomState): number {
  const word = (((state.a + state.b) | 0) + state.d) | 0;
  state.d = (state.d + 1) | 0;
  state.a = state.b ^ (state.b >>> 9);
  state.b = (state.c + (state.c << 3)) | 0;
  state.c = (((state.c << 21) | (state.c >>> 11)) + word) | 0;
  return word;
}

/** Above 0 and below 1. */
export function nextUnit(state: RandomState): number {
  return ((nextWord(state) >>> 0) + 0.5) / 4_294_967_296;
}

/** A whole number below `count`. */
export function nextBelow(state: RandomState, count: number): number {
  return Math.floor(nextUnit(state) * count);
}

/**
 * Fills with numbers near enough normal, with mean 0 and deviation 1, within six deviations: each the sum of twelve random bytes.
 * Drawn without logarithms, whose last bit is the machine's own.
 */
export function fillNormal(state: RandomState, into: Float64Array): void {
  // The generator's words in variables: this is where the time of a simulation goes.
  let { a, b, c, d } = state;
  for (let index = 0; index < into.length; index++) {
    let sum = -1_530;
    for (let part = 0; part < 3; part++) {
      const word = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      const pairs = (word & 0x00ff_00ff) + ((word >>> 8) & 0x00ff_00ff);
      sum += (pairs & 0xffff) + (pairs >>> 16);
    }
    into[index] = sum / BYTES_DEVIATION;
  }
  Object.assign(state, { a, b, c, d });
}

/** Fills with values drawn from a list, each as likely as the others. */
export function fillDrawn(state: RandomState, from: readonly number[], into: Float64Array): void {
  for (let index = 0; index < into.length; index++) into[index] = from[nextBelow(state, from.length)] ?? 0;
}

/** sqrt(12 * (256^2 - 1) / 12) */
const BYTES_DEVIATION = Math.sqrt(65_535);

function scramble(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x7feb_352d);
  word = Math.imul(word ^ (word >>> 15), 0x846c_a68b);
  return word ^ (word >>> 16);
}
