import { nextBelow, nextUnit, type RandomState } from "../../economics/random.ts";
import type { Distribution } from "../target/target-schema.ts";

/** Past votes are few: what was seen once is smeared by at least this much, on the logistic scale. */
const LEAST_BANDWIDTH = 0.25;
const EDGE = 1e-6;

/** A share of the stake, between 0 and 1. */
export type DrawShare = (state: RandomState) => number;

/** Turnouts as somebody states them. A list of shares is what was seen, each as likely as the others. */
export function drawStated(distribution: Distribution): DrawShare {
  if ("shares" in distribution) {
    const { shares } = distribution;
    return (state) => shares[nextBelow(state, shares.length)] ?? 0;
  }
  if ("triangular" in distribution) {
    const { least, mode, most } = distribution.triangular;
    const turn = (mode - least) / (most - least);
    return (state) => {
      const chance = nextUnit(state);
      return chance < turn ? least + Math.sqrt(chance * (most - least) * (mode - least)) : most - Math.sqrt((1 - chance) * (most - least) * (most - mode));
    };
  }
  const { alpha, beta } = distribution.beta;
  return (state) => {
    const first = nextGamma(state, alpha);
    return first / (first + nextGamma(state, beta));
  };
}

/**
 * Turnouts as past votes suggest them: one of them, moved a little on the logistic scale, the more the fewer there are. All its
 * shares are moved alike, because who stays away from a vote stays away from all of it.
 */
export function drawFromPast<Past extends Readonly<Record<string, number>>>(past: readonly Past[], main: keyof Past): (state: RandomState) => Past {
  const scaled = past.map((one) => logit(one[main] ?? 0));
  const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
  const deviation = Math.sqrt(scaled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, scaled.length - 1));
  // Silverman's rule of thumb; a single vote says nothing about how far votes lie apart.
  const bandwidth = Math.max(LEAST_BANDWIDTH, past.length < 2 ? 1 : 1.06 * deviation * past.length ** -0.2);
  return (state) => {
    const one = past[nextBelow(state, past.length)];
    const moved = nextNormal(state) * bandwidth;
    return Object.fromEntries(Object.entries(one ?? {}).map(([name, share]) => [name, expit(logit(share) + moved)])) as Past;
  };
}

function logit(share: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, share));
  return Math.log(inside / (1 - inside));
}

function expit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Near enough normal, with mean 0 and deviation 1: the sum of twelve even draws. */
function nextNormal(state: RandomState): number {
  let sum = -6;
  for (let part = 0; part < 12; part++) sum += nextUnit(state);
  return sum;
}

/** Marsaglia and Tsang, 2000. */
function nextGamma(state: RandomState, shape: number): number {
  if (shape < 1) return nextGamma(state, shape + 1) * nextUnit(state) ** (1 / shape);
  const third = shape - 1 / 3;
  const scale = 1 / Math.sqrt(9 * third);
  for (;;) {
    const normal = nextNormal(state);
    const cube = (1 + scale * normal) ** 3;
    if (cube > 0 && Math.log(nextUnit(state)) < 0.5 * normal * normal + third - third * cube + third * Math.log(cube)) return third * cube;
  }
}
