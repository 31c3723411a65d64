/**
 * Measures lpctl and prints one JSON document. Times depend on the machine and its load, ratios hardly do:
 * every round runs every case once, ratios are taken within a round, and the median of the ratios counts.
 * `node scripts/bench.ts [--rounds N] [--only NAME]`
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

interface Case {
  name: string;
  args: readonly string[];
  /** The median ratio to bare node that this must stay below. */
  limit?: number;
}

interface Measured {
  name: string;
  medianMilliseconds: number;
  medianRatio: number;
  limit: number | null;
  withinLimit: boolean | null;
}

const root = join(import.meta.dirname, "..");
const lpctl = join(root, "bin/run.js");
const bare: Case = { name: "bare node", args: ["-e", "0"] };

/** Start-up cases; longer ones (a rehearsal, a simulation) are measured by what they print themselves. */
const startup: readonly Case[] = [
  { name: "lpctl --version", args: [lpctl, "--version"], limit: 1.25 },
  { name: "lpctl --help", args: [lpctl, "--help"], limit: 1.25 },
  { name: "lpctl config explain --help", args: [lpctl, "config", "explain", "--help"], limit: 1.25 },
  { name: "lpctl config show (trivial command)", args: [lpctl, "config", "show"], limit: 3.5 },
];

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, only: { type: "string" } } });
const cases = startup.filter(({ name }) => values.only === undefined || name.includes(values.only));
const measured = measureRounds(cases, Number(values.rounds));
console.log(JSON.stringify({ schema: 1, node: process.version, rounds: Number(values.rounds), cases: measured }, null, 2));
if (measured.some(({ withinLimit }) => withinLimit === false)) process.exitCode = 1;

function measureRounds(cases: readonly Case[], rounds: number): Measured[] {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  try {
    // Once unmeasured: fills the compile cache and the file cache, as any second run of a person finds them.
    for (const each of [bare, ...cases]) runOnce(each, folder);
    const times = new Map<string, number[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const each of [bare, ...cases]) times.set(each.name, [...(times.get(each.name) ?? []), runOnce(each, folder)]);
    }
    const bareTimes = times.get(bare.name) ?? [];
    return [bare, ...cases].map(({ name, limit }) => {
      const own = times.get(name) ?? [];
      const ratio = median(own.map((time, round) => time / (bareTimes[round] ?? Number.NaN)));
      return {
        name,
        medianMilliseconds: rounded(median(own)),
        medianRatio: rounded(ratio),
        limit: limit ?? null,
        withinLimit: limit === undefined ? null : ratio <= limit,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOnce({ name, args }: Case, home: string): number {
  const start = performance.now();
  const ran = spawnSync(process.execPath, [...args], { cwd: home, env: { PATH: process.env["PATH"] ?? "", HOME: home }, encoding: "utf8" });
  const elapsed = performance.now() - start;
  if (ran.status !== 0) throw new Error(`${name} failed:\n${ran.stderr}`);
  return elapsed;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
