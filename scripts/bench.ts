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

/** Commands that need nothing but themselves. */
const startup: readonly Case[] = [
  { name: "lpctl --version", args: [lpctl, "--version"], limit: 1.25 },
  { name: "lpctl --help", args: [lpctl, "--help"], limit: 1.25 },
  { name: "lpctl config explain --help", args: [lpctl, "config", "explain", "--help"], limit: 1.25 },
  { name: "lpctl config show (trivial command)", args: [lpctl, "config", "show"], limit: 3.5 },
];

/** Commands on a protocol that runs on a local chain, with one proposal waiting. */
const onChain: readonly Case[] = [
  { name: "lpctl params list", args: [lpctl, "params", "list"], limit: 8 },
  { name: "lpctl authority show", args: [lpctl, "authority", "show", "JobsManager"] },
  { name: "lpctl upgrade check", args: [lpctl, "upgrade", "check", "JobsManager", "--to", "contracts/jobs/JobsManagerV2.sol:JobsManagerV2"] },
  { name: "lpctl proposal simulate (one simulation, all checks, report)", args: [lpctl, "proposal", "simulate", "1"] },
];

let stopChain = (): void => {};

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, only: { type: "string" } } });
const rounds = Number(values.rounds);
const wanted = ({ name }: Case): boolean => values.only === undefined || name.includes(values.only);
const measured = [
  ...measureRounds(startup.filter(wanted), rounds, () => {}),
  // The longer ones need fewer rounds: their ratios vary less.
  ...measureRounds(onChain.filter(wanted), Math.ceil(rounds / 3), startChain).slice(1),
];
const rehearsal = values.only === undefined || values.only === "rehearse" ? measureRehearsal() : null;
console.log(JSON.stringify({ schema: 1, node: process.version, rounds, cases: measured, rehearsal }, null, 2));
if (measured.some(({ withinLimit }) => withinLimit === false)) process.exitCode = 1;

/** Leaves a local protocol running in the folder, with one proposal; ends it with the bench. */
function startChain(folder: string): void {
  const prepare = (args: readonly string[]): void => void runOnce({ name: args.join(" "), args: [lpctl, ...args] }, folder);
  // No blocks by themselves: nothing but the measured command works while it is measured.
  prepare(["node", "start", "--no-actors", "--phase", "governor", "--block-time", "0"]);
  stopChain = () => prepare(["node", "stop"]);
  prepare(["params", "set", "verificationRate", "500"]);
}

/** One whole rehearsal, with the share of each phase as it tells them itself, against bare node in the same run. */
function measureRehearsal(): object {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  try {
    const bareMilliseconds = median([0, 1, 2].map(() => runOnce(bare, folder)));
    const start = performance.now();
    const { stdout } = spawnSync(process.execPath, [lpctl, "rehearse", "upgrade", "--json"], { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder }, encoding: "utf8", maxBuffer: 2 ** 26 });
    const elapsed = performance.now() - start;
    const { result } = JSON.parse(stdout) as { result: { phases: unknown } };
    return { scenario: "upgrade", milliseconds: Math.round(elapsed), ratio: rounded(elapsed / bareMilliseconds), phases: result.phases };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureRounds(cases: readonly Case[], rounds: number, prepare: (folder: string) => void): Measured[] {
  if (cases.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  try {
    prepare(folder);
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
    stopChain();
    stopChain = () => {};
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
