import { describe, expect, test } from "vitest";
import { escapeChance, weighCheating, type VerificationTerms } from "../../../src/economics/deterrence.ts";
import type { Economy, MonetaryPolicy } from "../../../src/economics/economy.ts";
import { effectOnMoney, effectWithinReach } from "../../../src/economics/effect.ts";
import { learnParticipation, rescaleParticipation, shiftParticipation, type Participation } from "../../../src/economics/participation.ts";

const LPT = 10n ** 18n;
const TERMS: VerificationTerms = { verificationRate: 1_000n, failedSlashPpm: 1n, missedSlashPpm: 5_000n, doubleClaimSlashPpm: 30_000n, finderFeePpm: 50_000n };
const ASSUMED = { stakeWei: 1_000n * LPT, segmentsPerClaim: 1_000n, cheatedSegments: 1n };
const POLICY: MonetaryPolicy = { inflationChange: 500n, targetBondingRate: 500_000_000n, treasuryCut: 10n ** 26n, treasuryCeilingWei: 0n, rewardCut: 100_000n, roundLengthBlocks: 6_377n };
const ECONOMY: Economy = { divisor: 10n ** 9n, round: 1n, supplyWei: 28_000_000n * LPT, bondedWei: 13_440_000n * LPT, inflation: 221_000n, hasTreasury: true, treasuryWei: 100_000n * LPT, policy: POLICY };
const OPTIONS = { rounds: 100, blockMilliseconds: 12_000n, paths: 50, seed: 1n, samples: 4 };
const HALF: Participation = { kind: "fixed", ratePpb: 480_000_000n };

describe("cheating", () => {
  test("is found out with one in N for one segment, and more often for more", () => {
    expect(weighCheating(TERMS, ASSUMED).caughtPpb).toBe(1_000_000n);
    // 1 - 0.999^1000
    expect(weighCheating(TERMS, { ...ASSUMED, cheatedSegments: 1_000n }).caughtPpb).toBe(632_304_575n);
    expect(escapeChance(1n, 1n)).toBe(0n);
  });

  test("costs the cheaper of the two penalties: at the launch, to send in what fails costs next to nothing", () => {
    expect(weighCheating(TERMS, ASSUMED)).toMatchObject({ choice: "failing", penaltyWei: 10n ** 15n, doubleClaimPenaltyWei: 30n * LPT, finderRewardWei: LPT / 4n });
    expect(weighCheating({ ...TERMS, failedSlashPpm: 10_000n }, ASSUMED)).toMatchObject({ choice: "silent", penaltyWei: 5n * LPT });
  });

  test("pays above what the penalty is worth, by the chance of it", () => {
    const terms = { ...TERMS, failedSlashPpm: 5_000n };
    // 5 LPT with one in a thousand, against a gain with 999 in a thousand.
    expect(weighCheating(terms, ASSUMED).breakEvenGainWei).toBe((5n * LPT) / 999n);
    const price = 3n * 10n ** 15n;
    const gain = (gainPerSegmentEthWei: bigint) => weighCheating(terms, { ...ASSUMED, gainPerSegmentEthWei, lptPriceEthWei: price });
    // 5 LPT are 0.015 ETH: one in 1,000 deters from less than 0.000015015 ETH.
    expect([gain(15n * 10n ** 12n).pays, gain(15_100_000_000_000n).pays]).toEqual([false, true]);
    expect(gain(15n * 10n ** 12n).breakEvenRate).toBe(1_001n);
    expect(gain(0n)).toMatchObject({ pays: false, breakEvenRate: 2n ** 64n - 1n });
  });

  test("never pays where every segment is challenged", () => {
    expect(weighCheating({ ...TERMS, verificationRate: 1n }, { ...ASSUMED, gainPerSegmentEthWei: LPT, lptPriceEthWei: 1n })).toMatchObject({ caughtPpb: 1_000_000_000n, pays: false });
  });

  test("is deterred by gas of one verification in N segments", () => {
    const cost = (verificationRate: bigint) => weighCheating({ ...TERMS, verificationRate }, { ...ASSUMED, gasPriceWei: 10n ** 9n });
    expect(cost(1_000n)).toMatchObject({ verificationGasPerSegment: 161n, totalGasPerSegment: 767n, verificationCostEthWei: 161n * 10n ** 9n, totalCostEthWei: 767n * 10n ** 9n });
    expect(cost(500n).verificationGasPerSegment).toBe(322n);
  });
});

describe("participation", () => {
  test("learned from rounds that return to 48% returns to 48%", () => {
    let rate = 600_000_000;
    const rates = Array.from({ length: 60 }, (_, index) => (rate += 0.2 * (480_000_000 - rate) + (index % 2 === 0 ? 1_000_000 : -1_000_000)));
    const learned = learnParticipation(rates);
    if (learned.kind !== "history") throw new Error("not from history");
    expect(Number(learned.meanPpb) / 1e7).toBeCloseTo(48, 0);
    expect(Number(learned.reversionPpb) / 1e9).toBeCloseTo(0.2, 1);
    expect(learned).toMatchObject({ observedRounds: 60, startPpb: BigInt(Math.round(rates.at(-1) ?? 0)) });
    expect(Math.abs(learned.surprisesPpb.reduce((sum, surprise) => sum + surprise, 0))).toBeLessThan(60);
  });

  test("learned from rounds that only ever rose is not pulled, and does not go on rising for ever", () => {
    const learned = learnParticipation(Array.from({ length: 20 }, (_, index) => 400_000_000 + index * index * 100_000));
    expect(learned).toMatchObject({ kind: "history", reversionPpb: 0n, meanPpb: 436_100_000n });
  });

  test("stays within none and all when it is moved", () => {
    expect(shiftParticipation(HALF, -900_000_000n)).toEqual({ kind: "fixed", ratePpb: 0n });
    expect(shiftParticipation({ kind: "mean-reverting", startPpb: 950_000_000n, meanPpb: 1n, reversionPpb: 1n, noisePpb: 1n }, 100_000_000n)).toMatchObject({ startPpb: 1_000_000_000n, meanPpb: 100_000_001n });
  });

  test("is pulled less and strays less in a shorter round", () => {
    expect(rescaleParticipation({ kind: "mean-reverting", startPpb: 1n, meanPpb: 2n, reversionPpb: 400n, noisePpb: 400n }, 400n, 100n)).toMatchObject({ reversionPpb: 100n, noisePpb: 200n });
  });
});

describe("the effect on money", () => {
  test("dilutes who does not stake by as much as the supply grows, and not more with the change than it says", () => {
    const { before, after, holders } = effectOnMoney(ECONOMY, { ...POLICY, inflationChange: 2_000n }, HALF, OPTIONS);
    const [unstaked, delegator, transcoder, treasury] = holders;
    const supplyOf = (outlook: typeof before | undefined): bigint => outlook?.points.at(-1)?.supplyWei ?? 0n;
    expect(unstaked?.before).toEqual({ endWei: 1_000n * LPT, sharePpm: (ECONOMY.supplyWei * 1_000_000n) / supplyOf(before) - 1_000_000n });
    expect(unstaked?.after?.sharePpm).toBeLessThan(unstaked?.before.sharePpm ?? 0n);
    expect(delegator?.before.sharePpm).toBeGreaterThan(0n);
    expect(transcoder?.after?.endWei).toBeGreaterThan(delegator?.after?.endWei ?? 0n);
    expect(treasury?.after?.endWei).toBe(after?.points.at(-1)?.treasuryWei);
    // All that is minted goes to the treasury, to commission and to stake.
    const minted = after?.points.at(-1)?.mintedWei ?? 0n;
    expect((treasury?.after?.endWei ?? 0n) - ECONOMY.treasuryWei).toBeLessThanOrEqual(minted / 10n);
    expect((treasury?.after?.endWei ?? 0n) - ECONOMY.treasuryWei).toBeGreaterThan(minted / 10n - 100n);
  });

  test("compares the same stretch of time where rounds get longer or shorter", () => {
    const { before, after } = effectOnMoney(ECONOMY, { ...POLICY, roundLengthBlocks: 12_754n }, HALF, OPTIONS);
    expect([before.rounds, after?.rounds]).toEqual([100, 50]);
    // Half the rounds, each with the same inflation: about half as much a year.
    expect(after?.points[0]?.annualInflationPpb).toBe((before.points[0]?.annualInflationPpb ?? 0n) / 2n);
  });

  test("moves the reward cut between delegators and transcoders, and mints the same", () => {
    const { before, after, holders } = effectOnMoney(ECONOMY, { ...POLICY, rewardCut: 500_000n }, HALF, OPTIONS);
    expect(after?.points.at(-1)?.supplyWei).toBe(before.points.at(-1)?.supplyWei);
    const [, delegator, transcoder] = holders;
    expect(delegator?.after?.endWei).toBeLessThan(delegator?.before.endWei ?? 0n);
    expect(transcoder?.after?.endWei).toBeGreaterThan(transcoder?.before.endWei ?? 0n);
  });

  test("refuses what nobody can wait for, and shortens it in a report", () => {
    const mad = { ...POLICY, inflationChange: 10n ** 9n };
    expect(() => effectOnMoney(ECONOMY, mad, HALF, OPTIONS)).toThrow(expect.objectContaining({ code: "LPCTL_PROJECTION_TOO_FAR", exit: 3 }));
    expect(() => effectOnMoney(ECONOMY, { ...POLICY, roundLengthBlocks: 1n }, HALF, { ...OPTIONS, rounds: 100_000 })).toThrow(expect.objectContaining({ code: "LPCTL_PROJECTION_TOO_FAR" }));
    const reached = effectWithinReach(ECONOMY, mad, HALF, OPTIONS);
    expect(reached.horizon.rounds).toBeLessThan(OPTIONS.rounds);
    expect(reached.assumptions.at(-1)).toContain("shortened");
  });

  test("says every assumption, the seed among them", () => {
    const { assumptions } = effectOnMoney(ECONOMY, undefined, { kind: "mean-reverting", startPpb: 480_000_000n, meanPpb: 500_000_000n, reversionPpb: 10_000_000n, noisePpb: 2_500_000n }, { ...OPTIONS, seed: 77n });
    expect(assumptions[0]).toBe("Bonding begins at 48% of the supply; each round it goes 1% of the way to 50%, and chance adds 0.25% (one standard deviation) up or down.");
    expect(assumptions.join(" ")).toContain("50 paths drawn with seed 77");
    expect(assumptions.join(" ")).toContain("A block takes 12 seconds");
  });
});

test("a holder who is followed never holds more than all that is bonded", () => {
  const barely: Participation = { kind: "fixed", ratePpb: 300_000n };
  const effect = effectOnMoney({ ...ECONOMY, bondedWei: 8_400n * LPT }, undefined, barely, { ...OPTIONS, rounds: 1_095, paths: 0 });
  const supplyWei = effect.before.points.at(-1)?.supplyWei ?? 0n;
  const ends = effect.holders.filter(({ id }) => id === "delegator" || id === "transcoder").map(({ before }) => before.endWei);
  expect(ends).toEqual([(supplyWei * 300_000n) / 1_000_000_000n, (supplyWei * 300_000n) / 1_000_000_000n]);
});
