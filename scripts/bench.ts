/**
 * Measures lpctl and prints one JSON document. Times depend on the machine and its load, ratios hardly do:
 * every round runs every case once, ratios are taken within a round, and the median of the ratios counts.
 * Long cases run once, each against bare node in the same run. Gas comes from the committed snapshot.
 * `node scripts/bench.ts [--rounds N] [--only NAME]`
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
/** The first account of the published test mnemonic. */
const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

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

/** Loaded before the command: says at the end what all its threads used. */
const SAY_PROCESSOR_TIME = 'data:text/javascript,process.on("exit",()=>process.stderr.write(`processor ${process.cpuUsage().user} us\\n`))';

let stopChain = (): void => {};

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, only: { type: "string" } } });
const rounds = Number(values.rounds);
const wanted = ({ name }: Case): boolean => values.only === undefined || name.includes(values.only);
const measured = [
  ...measureRounds(startup.filter(wanted), rounds, () => {}),
  // The longer ones need fewer rounds: their ratios vary less.
  ...measureRounds(onChain.filter(wanted), Math.ceil(rounds / 3), startChain).slice(1),
];
const once = (name: string, measure: () => unknown): unknown => (values.only === undefined || values.only === name ? measure() : null);
const results = {
  cases: measured,
  rehearsal: once("rehearse", measureRehearsal),
  nodeStart: once("node start", measureNodeStart),
  genesis: once("genesis", measureGenesis),
  living: once("living", () => ["launch", "current"].map((profile) => runScript("bench-rounds.ts", ["--profile", profile]))),
  names: once("names", () => [["launch", "governor"], ["current", "stake"]].map(([profile = "", phase = ""]) => runScript("bench-names.ts", ["--profile", profile, "--phase", phase]))),
  replay: once("replay", () => runScript("bench-replay.ts", [])),
  evidence: once("evidence", () => runScript("bench-evidence.ts", [])),
  coldCheck: once("cold check", measureColdCheck),
  simulate: once("simulate", () => runScript("bench-simulate.ts", [])),
  sign: once("sign", () => runScript("bench-sign.ts", [])),
  tree: once("tree", () => runScript("bench-tree.ts", [])),
  // Minutes of OpenZeppelin's: only where it is asked for.
  fullTree: values.only === "full tree" ? runScript("bench-tree.ts", ["--case", "standard", "--full"]) : null,
  storageRoot: once("storage root", () => runScript("bench-root.ts", [])),
  kills: once("kills", () => runScript("bench-kill.ts", [])),
  signatures: once("signatures", () => runScript("bench-safe.ts", ["--case", "signatures"])),
  projection: once("projection", () => runScript("bench-projection.ts", [])),
  tally: once("tally", () => runScript("bench-tally.ts", ["--accounts", "20000"])),
  reads: once("reads", () => runScript("bench-reads.ts", ["--rounds", "1"])),
  relay: once("relay", () => runScript("bench-relay.ts", [])),
  loading: once("loading", () => runScript("bench-loading.ts", [])),
  fork: once("fork", () => runScript("bench-fork.ts", ["--count", "100000"])),
  gas: once("gas", compareGas),
};
console.log(JSON.stringify({ schema: 1, node: process.version, rounds, ...results }, null, 2));
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

/** From nothing to a protocol in its first round with everybody bonded: 10 transcoders, 50 delegators. */
function measureNodeStart(): object {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  try {
    const bareMilliseconds = median([0, 1, 2].map(() => runOnce(bare, folder)));
    const args = ["node", "start", "--transcoders", "10", "--delegators", "50", "--seed", "7", "--fast"];
    const milliseconds = runOnce({ name: args.join(" "), args: [lpctl, ...args] }, folder);
    return { transcoders: 10, delegators: 50, milliseconds: rounded(milliseconds), ratio: rounded(milliseconds / bareMilliseconds) };
  } finally {
    runOnce({ name: "node stop", args: [lpctl, "node", "stop", "--forget"] }, folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The genesis of 2018, 47 grants, as the command line runs it. */
function measureGenesis(): object {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  const command = (args: readonly string[]): number => runOnce({ name: args.join(" "), args: [lpctl, ...args] }, folder);
  try {
    const bareMilliseconds = median([0, 1, 2].map(() => runOnce(bare, folder)));
    command(["node", "start", "--no-actors", "--phase", "safe", "--block-time", "0"]);
    const { result } = JSON.parse(output(["safe", "show", "--json"], folder)) as { result: { address: string } };
    command(["genesis", "init", "--example", "2018", "--network", "local", "--bank", result.address, "--governance", result.address]);
    const { result: checked } = JSON.parse(output(["genesis", "check", "--deployer", DEPLOYER, "--json"], folder)) as { result: { plan: { hash: string } } };
    const milliseconds = {
      check: command(["genesis", "check", "--deployer", DEPLOYER]),
      run: command(["genesis", "run", "--key", "deployer", "--confirm", checked.plan.hash.slice(0, 10)]),
      verify: command(["genesis", "verify"]),
    };
    return { grants: 47, ...Object.fromEntries(Object.entries(milliseconds).map(([name, time]) => [name, { milliseconds: rounded(time), ratio: rounded(time / bareMilliseconds) }])) };
  } finally {
    command(["node", "stop", "--forget"]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Checking an upgrade of the largest contract to code that was never compiled before: by the clock, and by processor time, which
 * depends less on what else the machine does. The running code is recognised byte for byte.
 */
function measureColdCheck(): object {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-"));
  const source = "contracts/bonding/BondingManager.sol";
  try {
    runOnce({ name: "node start", args: [lpctl, "node", "start", "--no-actors", "--phase", "governor", "--block-time", "0"] }, folder);
    cpSync(join(root, "contracts"), join(folder, "contracts"), { recursive: true });
    const runs = [0, 1, 2].map((run) => {
      // Other metadata, the same code: a compiler input that no cache has.
      appendFileSync(join(folder, source), `// ${run}\n`);
      const start = performance.now();
      const args = ["--import", SAY_PROCESSOR_TIME, lpctl, "upgrade", "check", "BondingManager", "--to", `${source}:BondingManager`, "--json"];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder }, encoding: "utf8", maxBuffer: 2 ** 26 });
      if (!stdout.includes("byte for byte")) throw new Error(`the running code was not recognised:\n${stderr}`);
      return { milliseconds: performance.now() - start, processorMilliseconds: Number(/processor (\d+) us/.exec(stderr)?.[1]) / 1000 };
    });
    return {
      contract: "BondingManager",
      medianMilliseconds: rounded(median(runs.map(({ milliseconds }) => milliseconds))),
      medianProcessorMilliseconds: rounded(median(runs.map(({ processorMilliseconds }) => processorMilliseconds))),
    };
  } finally {
    runOnce({ name: "node stop", args: [lpctl, "node", "stop", "--forget"] }, folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A measurement with a script of its own, which prints one JSON document. */
function runScript(script: string, args: readonly string[]): unknown {
  const ran = spawnSync(process.execPath, [join(root, "scripts", script), ...args], { cwd: root, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${script} failed:\n${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

/** What transactions cost here, beside what the published contracts were measured to cost (other pools, other checkpoints). */
function compareGas(): object {
  const published: Record<string, string> = {
    "current: bond, first": "495000 to 815000",
    "current: castVote, transcoder": "163000",
    "current: castVote, delegator overriding": "275000",
    "current: Poll vote": "25000",
    "current: createPoll": "243000",
  };
  const lines = readFileSync(join(root, ".gas-snapshot"), "utf8").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = line, gas = ""] = /^(.*) \(gas: (\d+)\)$/.exec(line) ?? [];
      return [name, { gas, published: published[name] ?? null }];
    }),
  );
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

function output(args: readonly string[], home: string): string {
  return spawnSync(process.execPath, [lpctl, ...args], { cwd: home, env: { PATH: process.env["PATH"] ?? "", HOME: home }, encoding: "utf8" }).stdout;
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
