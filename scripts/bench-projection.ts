/**
 * Measures how fast paths of participation are played, bands included, and whether they come out as the integers of the contracts'
 * mirror say. Prints one JSON document. Exit code 1 when they do not.
 * `node scripts/bench-projection.ts [--paths 10000] [--rounds 1095] [--runs 5]`
 */
import { parseArgs } from "node:util";
import type { Economy } from "../src/economics/economy.ts";
import { expectPath } from "../src/economics/expected-path.ts";
import { simulatePaths } from "../src/economics/monte-carlo.ts";
import type { Participation } from "../src/economics/participation.ts";

const { values } = parseArgs({ options: { paths: { type: "string", default: "10000" }, rounds: { type: "string", default: "1095" }, runs: { type: "string", default: "5" } } });
const [paths, rounds, runs] = [Number(values.paths), Number(values.rounds), Number(values.runs)];
const LPT = 10n ** 18n;
const SAMPLES = 48;

/** About what the protocol on Arbitrum was in 2025. */
const economy: Economy = {
  divisor: 10n ** 9n,
  round: 4_000n,
  supplyWei: 28_000_000n * LPT + 123_456_789n,
  bondedWei: 13_440_000n * LPT,
  inflation: 221_000n,
  hasTreasury: true,
  treasuryWei: 100_000n * LPT,
  policy: { inflationChange: 500n, targetBondingRate: 500_000_000n, treasuryCut: 10n ** 26n, treasuryCeilingWei: 750_000n * LPT, rewardCut: 100_000n, roundLengthBlocks: 6_377n },
};
const participation: Participation = { kind: "mean-reverting", startPpb: 480_000_000n, meanPpb: 480_000_000n, reversionPpb: 10_000_000n, noisePpb: 2_500_000n };

// One thread does all of it, so the processor's time is what it would take on a machine of its own.
const wall: number[] = [];
const cpu: number[] = [];
let medianSupplyWei = 0n;
for (let run = 0; run < runs; run++) {
  const [before, start] = [process.cpuUsage(), performance.now()];
  const { supplyWei } = simulatePaths(economy, economy.policy, participation, { rounds, paths, seed: 1n, samples: SAMPLES });
  const used = process.cpuUsage(before);
  wall.push(performance.now() - start);
  cpu.push((used.user + used.system) / 1_000);
  medianSupplyWei = supplyWei.at(-1)?.[2] ?? 0n;
}

const always: Participation = { kind: "fixed", ratePpb: 480_000_000n };
const mirror = expectPath(economy, economy.policy, always, { rounds, samples: SAMPLES, blockMilliseconds: 12_000n });
const played = simulatePaths(economy, economy.policy, always, { rounds, paths: 1, seed: 1n, samples: SAMPLES });
const equal = mirror.points.every(({ supplyWei }, index) => supplyWei - (supplyWei % 10n ** 12n) === played.supplyWei[index]?.[2]);
const median = (all: readonly number[]): number => Math.round(all.toSorted((left, right) => left - right)[Math.floor(all.length / 2)] ?? 0);
console.log(
  JSON.stringify({ schema: 1, paths, rounds, bands: SAMPLES + 1, milliseconds: median(wall), cpuMilliseconds: median(cpu), stepsPerSecond: Math.round((paths * rounds) / (median(cpu) / 1_000)), limitMilliseconds: 1_000, withinLimit: median(cpu) < 1_000, medianSupplyWei: medianSupplyWei.toString(), equalToMirror: equal }, null, 2),
);
if (!equal) process.exitCode = 1;
