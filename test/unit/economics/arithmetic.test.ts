import { assert, property, bigInt, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { perYear, type Economy, type MonetaryPolicy } from "../../../src/economics/economy.ts";
import { expectPath, sampleRounds } from "../../../src/economics/expected-path.ts";
import { beginRound, nextInflation } from "../../../src/economics/inflation.ts";
import { simulatePaths } from "../../../src/economics/monte-carlo.ts";
import { selectRanks } from "../../../src/economics/quantiles.ts";
import { fillNormal, seedPath } from "../../../src/economics/random.ts";
import { LpctlError } from "../../../src/errors.ts";
import { callReward, rewardFor } from "../../../src/economics/rewards.ts";
import { BILLION, MILLION, PRECISE } from "../../../src/economics/scale.ts";

const LPT = 10n ** 18n;

const POLICY: MonetaryPolicy = { inflationChange: 500n, targetBondingRate: 500_000_000n, treasuryCut: 10n ** 26n, treasuryCeilingWei: 0n, rewardCut: 100_000n, roundLengthBlocks: 6_377n };
const ECONOMY: Economy = { divisor: BILLION, round: 1n, supplyWei: 28_000_000n * LPT, bondedWei: 13_440_000n * LPT, inflation: 221_000n, hasTreasury: true, treasuryWei: 0n, policy: POLICY };

describe("inflation", () => {
  test("gives 1,400 LPT on 10 million in the first round of the launch, whose Minter counts in millionths", () => {
    expect(beginRound({ inflation: 137n, supplyWei: 10_000_000n * LPT, bondedWei: 0n }, { divisor: MILLION, change: 3n, target: 500_000n })).toEqual({ bondingRate: 0n, inflation: 140n, mintableWei: 1_400n * LPT });
  });

  test("gives 6,188 LPT on 28 million at 221,000 billionths", () => {
    expect(beginRound({ inflation: 220_500n, supplyWei: 28_000_000n * LPT, bondedWei: 1n }, { divisor: BILLION, change: 500n, target: 500_000_000n }).mintableWei).toBe(6_188n * LPT);
  });

  test("rises below the target, stays on it, and falls above it to nothing and not further", () => {
    const rules = { change: 10n, target: 50n };
    expect([49n, 50n, 51n].map((rate) => nextInflation(25n, rate, rules))).toEqual([35n, 25n, 15n]);
    expect([10n, 9n, 0n].map((inflation) => nextInflation(inflation, 51n, rules))).toEqual([0n, 0n, 0n]);
  });

  test("has no rate of bonding while there is no supply", () => {
    expect(beginRound({ inflation: 5n, supplyWei: 0n, bondedWei: 0n }, { divisor: MILLION, change: 1n, target: 1n })).toEqual({ bondingRate: 0n, inflation: 6n, mintableWei: 0n });
  });
});

describe("a reward", () => {
  test("of a third loses what a millionth cannot say: 466.6662 of 1,400", () => {
    expect(rewardFor(1_400n * LPT, 1n, 3n, MILLION)).toBe(4_666_662n * 10n ** 14n);
  });

  test("is nothing where nobody is active", () => {
    expect(rewardFor(1_400n * LPT, 0n, 0n, MILLION)).toBe(0n);
  });

  test("of 10 LPT on 1,000 grows a delegator's 300 to 302.7 at a cut of 10%", () => {
    const { pool } = callReward({ stakeWei: 1_000n * LPT, rewardCut: 100_000n, factor: PRECISE, ownRewardsWei: 0n }, undefined, { mintableWei: 10n * LPT, activeWei: 1_000n * LPT, divisor: BILLION });
    expect((300n * LPT * pool.factor) / PRECISE).toBe(3_027n * 10n ** 17n);
    expect((700n * LPT * pool.factor) / PRECISE + pool.ownRewardsWei).toBe(7_073n * 10n ** 17n);
    expect(pool.stakeWei).toBe(1_010n * LPT);
  });

  test("finds the full treasury before it is paid, and pays it for the rest of the round", () => {
    const full = { balanceWei: 5n, cut: PRECISE / 10n, nextCut: PRECISE / 10n, ceilingWei: 5n };
    const { treasury, split } = callReward({ stakeWei: 1n, rewardCut: 0n, factor: PRECISE, ownRewardsWei: 0n }, full, { mintableWei: 100n, activeWei: 1n, divisor: MILLION });
    expect([split.treasuryWei, treasury]).toEqual([10n, { ...full, balanceWei: 15n, nextCut: 0n }]);
  });
});

describe("the path without chance", () => {
  test("stops the treasury's part after the round in which it is full", () => {
    const { points, ceilingRound } = expectPath(ECONOMY, { ...POLICY, treasuryCeilingWei: 2_000n * LPT }, { kind: "fixed", ratePpb: 480_000_000n }, { rounds: 10, samples: 10, blockMilliseconds: 12_000n });
    // Some 620 LPT a round: the fourth brings more than 2,000.
    expect(ceilingRound).toBe(4);
    expect(points.at(4)?.treasuryWei).toBeGreaterThan(2_000n * LPT);
    expect(points.at(-1)?.treasuryWei).toBe(points.at(4)?.treasuryWei);
  });

  test("pays no treasury where none is registered, and all of the reward to those who staked", () => {
    const play = (hasTreasury: boolean) => expectPath({ ...ECONOMY, hasTreasury }, POLICY, { kind: "fixed", ratePpb: 480_000_000n }, { rounds: 1, samples: 1, blockMilliseconds: 12_000n }).points[1];
    expect(play(false)?.treasuryWei).toBe(0n);
    expect(play(true)?.treasuryWei).toBe((play(true)?.mintedWei ?? 0n) / 10n);
    expect(play(false)?.mintedWei).toBe(play(true)?.mintedWei);
    expect(play(false)?.stakeFactor).toBeGreaterThan(play(true)?.stakeFactor ?? 0n);
  });

  test("mints nothing while nobody is bonded, though inflation rises", () => {
    const [, last] = expectPath(ECONOMY, POLICY, { kind: "fixed", ratePpb: 0n }, { rounds: 100, samples: 1, blockMilliseconds: 12_000n }).points;
    expect([last?.mintedWei, last?.inflation]).toEqual([0n, 271_000n]);
  });

  test("refuses to go on where the supply is no number any more", () => {
    expect(() => expectPath(ECONOMY, { ...POLICY, inflationChange: BILLION }, { kind: "fixed", ratePpb: 1n }, { rounds: 100, samples: 1, blockMilliseconds: 12_000n })).toThrow(expect.objectContaining({ code: "LPCTL_PROJECTION_TOO_FAR" }));
  });
});

describe("paths of chance", () => {
  const anyEconomy = record({
    divisor: constantFrom(MILLION, BILLION),
    supplyWei: bigInt({ min: LPT, max: 3_000_000_000n * LPT }),
    inflation: integer({ min: 0, max: 900_000 }),
    change: integer({ min: 0, max: 20_000 }),
    target: integer({ min: 0, max: 1_000_000 }),
    rate: integer({ min: 0, max: 1_000_000_000 }),
    cut: integer({ min: 0, max: 100 }),
    ceiling: integer({ min: 0, max: 1_000 }),
  });

  /** Undefined where the supply outgrows what can be reckoned with. */
  function reckon<T>(play: () => T): T | undefined {
    try {
      return play();
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_PROJECTION_TOO_FAR") return undefined;
      throw error;
    }
  }

  // Inflation of up to 92% of the supply per round at the one scale: the fast way and the slow way are both taken.
  test("hold amounts as the bigints of the mirror do, to the digit that is kept, for any economy", () => {
    assert(
      property(anyEconomy, ({ divisor, supplyWei, inflation, change, target, rate, cut, ceiling }) => {
        const rounds = 12;
        const scaled = divisor === BILLION ? 1_000n : 1n;
        const policy = { ...POLICY, inflationChange: BigInt(change), targetBondingRate: BigInt(target) * scaled, treasuryCut: (BigInt(cut) * PRECISE) / 100n, treasuryCeilingWei: BigInt(ceiling) * LPT };
        const economy = { ...ECONOMY, divisor, supplyWei, inflation: BigInt(inflation), policy };
        const participation = { kind: "fixed", ratePpb: BigInt(rate) } as const;
        const play = () => simulatePaths(economy, policy, participation, { rounds, paths: 1, seed: 0n, samples: rounds });
        const mirror = reckon(() => expectPath(economy, policy, participation, { rounds, samples: rounds, blockMilliseconds: 1_000n }));
        if (mirror === undefined) {
          expect(reckon(play)).toBeUndefined();
          return;
        }
        const { points, ceilingRound } = mirror;
        const played = play();
        for (const [index, point] of points.entries()) {
          expect(played.supplyWei[index]?.[2]).toBe(point.supplyWei - (point.supplyWei % 10n ** 12n));
          expect(played.inflationPpb[index]?.[2]).toBe((point.inflation * BILLION) / divisor);
        }
        const income = points.at(-1)?.treasuryWei ?? 0n;
        const difference = income - (played.treasuryIncomeWei[2] ?? 0n);
        // Millionths of what was minted, and a wei for each round.
        expect(difference).toBeLessThanOrEqual(10n ** 12n);
        expect(difference).toBeGreaterThanOrEqual(-(10n ** 12n));
        expect(played.ceilingReachedPpm).toBe(ceilingRound !== undefined && cut > 0 && ceiling > 0 ? MILLION : 0n);
      }),
      { numRuns: 300 },
    );
  });

  const straying = { kind: "mean-reverting", startPpb: 480_000_000n, meanPpb: 480_000_000n, reversionPpb: 10_000_000n, noisePpb: 2_500_000n } as const;
  const bandsOf = (seed: bigint) => simulatePaths(ECONOMY, POLICY, straying, { rounds: 300, paths: 400, seed, samples: 6 });

  test("are the same for the same seed, and others for another", () => {
    // Also between machines and versions: these numbers are in reports that people reproduce.
    expect(bandsOf(1n).inflationPpb.at(-1)).toEqual([240_000n, 319_000n, 358_000n, 371_000n, 371_000n]);
    expect(bandsOf(1n).supplyWei.at(-1)?.[0]).toBe(30_073_067_011_245n * 10n ** 12n);
    expect(bandsOf(2n).supplyWei).not.toEqual(bandsOf(1n).supplyWei);
  });

  test("do not depend on how many others there are", () => {
    const one = simulatePaths(ECONOMY, POLICY, straying, { rounds: 50, paths: 1, seed: 3n, samples: 1 });
    const short = simulatePaths(ECONOMY, POLICY, straying, { rounds: 100, paths: 1, seed: 3n, samples: 2 });
    expect(short.supplyWei[1]).toEqual(one.supplyWei[1]);
  });

  test("lie in order, and around the path without chance where the target is far", () => {
    const far = { ...POLICY, targetBondingRate: BILLION };
    const { supplyWei } = simulatePaths(ECONOMY, far, straying, { rounds: 300, paths: 400, seed: 1n, samples: 6 });
    const expected = expectPath(ECONOMY, far, straying, { rounds: 300, samples: 6, blockMilliseconds: 1n }).points.at(-1)?.supplyWei ?? 0n;
    expect(supplyWei.at(-1)?.[0]).toBe(expected - (expected % 10n ** 12n));
    for (const band of bandsOf(1n).supplyWei) expect(band).toEqual([...band].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0)));
  });
});

describe("chance", () => {
  test("has mean 0, deviation 1 and the tails of the normal distribution", () => {
    const values = new Float64Array(200_000);
    fillNormal(seedPath(42n, 0), values);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
    const beyond = (limit: number): number => values.filter((value) => Math.abs(value) > limit).length / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    // 0.3173 and 0.0455 of the normal distribution; twelve bytes have slightly thinner tails.
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.01);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.005);
  });

  test("is its own for each path and each seed", () => {
    const first = (seed: bigint, path: number): number => {
      const one = new Float64Array(1);
      fillNormal(seedPath(seed, path), one);
      return one[0] ?? 0;
    };
    const draws = [0, 1, 2, 3].flatMap((path) => [0n, 1n, 1n << 32n].map((seed) => first(seed, path)));
    expect(new Set(draws).size).toBe(draws.length);
  });
});

test("ranks are those of the list in order", () => {
  assert(
    property(integer({ min: 1, max: 300 }), integer(), (length, seed) => {
      const values = new Float64Array(length);
      fillNormal(seedPath(BigInt(seed >>> 0), 1), values);
      // Half of them equal: where a partition goes wrong.
      for (let index = 0; index < length; index += 2) values[index] = 0;
      const ranks = [0.05, 0.25, 0.5, 0.95].map((share) => Math.floor(share * length)).map((rank) => Math.min(rank, length - 1));
      const sorted = Float64Array.from(values).sort();
      expect(selectRanks(values, ranks)).toEqual(ranks.map((rank) => sorted[rank]));
    }),
    { numRuns: 200 },
  );
});

test("a path is looked at from its first round to its last", () => {
  expect(sampleRounds(10, 4)).toEqual([0, 3, 5, 8, 10]);
  expect(sampleRounds(3, 48)).toEqual([0, 1, 2, 3]);
  expect(sampleRounds(1_095, 1)).toEqual([0, 1_095]);
});

test("137 millionths a round of 5,760 blocks are about 5% a year", () => {
  expect(perYear(137_000n, 5_760n, 15_000n)).toBe(50_039_250n);
});
