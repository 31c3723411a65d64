/**
 * Tests the contracts with forge, without network.
 *
 *     node scripts/contracts.ts                 coverage, invariants and gas
 *     node scripts/contracts.ts coverage        unit and fuzz tests, and the lines of contracts/ they reach: at least 95 %
 *     node scripts/contracts.ts invariants      random lives, and what must hold after them
 *     node scripts/contracts.ts gas             gas of single calls, at most 1 % off .gas-snapshot
 *     node scripts/contracts.ts gas --update    writes .gas-snapshot
 *     node scripts/contracts.ts forge test -vvv any command of forge
 *
 * Coverage needs code that was not optimized, and the random lives run on the same, so that it is compiled once; gas is
 * that of the code that lpctl deploys. Everything that is built lies in coverage/forge and makes the next run short.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const snapshotPath = join(root, ".gas-snapshot");
const LEAST_COVERAGE_PERCENT = 95;
const GAS_TOLERANCE_PERCENT = 1;
/** Long runs are far below; this ends one that hangs. */
const LIMIT_MS = 10 * 60_000;
const INVARIANTS = "contracts/test/invariants/*";
const GAS = "contracts/test/gas/*";
const NOT_FOR_COVERAGE = "contracts/test/{invariants,gas}/*";
/** Built by hand into rehearsals only, as the faults of the past that they are. */
const NOT_COUNTED = ["contracts/test/", "contracts/historic/"];

const VERBS = ["coverage", "invariants", "gas", "forge"];

class Failure extends Error {}

const [verb, ...rest] = process.argv.slice(2);
try {
  if (verb === undefined || verb === "coverage") coverage();
  if (verb === undefined || verb === "invariants") run(["test", "--match-path", INVARIANTS]);
  if (verb === undefined || verb === "gas") gas(rest.includes("--update"));
  if (verb === "forge") process.exitCode = forge(rest, { inherit: true }).status;
  if (verb !== undefined && !VERBS.includes(verb)) throw new Failure(`Unknown verb ${verb}; there are ${VERBS.join(", ")}.`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Unit and fuzz tests; their coverage is printed, and must be enough. */
function coverage(): void {
  const report = join(root, "coverage/forge/lcov.info");
  rmSync(report, { force: true });
  mkdirSync(dirname(report), { recursive: true });
  run(["coverage", "--no-match-path", NOT_FOR_COVERAGE, "--exclude-tests", "--report", "lcov", "--report-file", report]);
  const files = readCoverage(report);
  const count = files.reduce((sum, file) => sum + file.lines, 0);
  const reached = files.reduce((sum, file) => sum + file.lines - file.missed.length, 0);
  for (const { path, missed } of files) {
    if (missed.length > 0) console.log(`  ${path}: not reached ${missed.join(", ")}`);
  }
  const percent = (100 * reached) / count;
  console.log(`contracts/: ${reached} of ${count} lines reached by tests, ${percent.toFixed(1)} %`);
  if (!(percent >= LEAST_COVERAGE_PERCENT)) throw new Failure(`That is below ${LEAST_COVERAGE_PERCENT} %.`);
}

/** The tests of gas leave their numbers behind, which are compared or kept. */
function gas(isUpdate: boolean): void {
  rmSync(gasFolder(), { recursive: true, force: true });
  run(["test", "--match-path", GAS], { FOUNDRY_PROFILE: "gas" });
  if (isUpdate) updateGas();
  else compareGas();
}

interface CoveredFile {
  path: string;
  lines: number;
  missed: number[];
}

function readCoverage(report: string): CoveredFile[] {
  const files: CoveredFile[] = [];
  for (const record of readFileSync(report, "utf8").split("end_of_record")) {
    const path = /^SF:(.+)$/m.exec(record)?.[1] ?? "";
    if (!path.startsWith("contracts/") || NOT_COUNTED.some((folder) => path.startsWith(folder))) continue;
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)];
    const missed = lines.filter(([, , hits]) => hits === "0").map(([, line]) => Number(line));
    files.push({ path, lines: lines.length, missed });
  }
  return files.toSorted((a, b) => a.path.localeCompare(b.path));
}

function gasFolder(): string {
  return join(root, "coverage/forge/gas/snapshots");
}

/** Gas by "profile: call", in the order of their names. */
function measuredGas(): Map<string, number> {
  const measured = new Map<string, number>();
  for (const name of globSync("*.json", { cwd: gasFolder() }).toSorted()) {
    const values = JSON.parse(readFileSync(join(gasFolder(), name), "utf8")) as Record<string, string>;
    for (const [call, gas] of Object.entries(values)) measured.set(`${name.replace(".json", "")}: ${call}`, Number(gas));
  }
  return measured;
}

function updateGas(): void {
  const lines = [...measuredGas()].map(([call, gas]) => `${call} (gas: ${gas})\n`);
  writeFileSync(snapshotPath, lines.join(""));
  console.log(`.gas-snapshot has ${lines.length} calls`);
}

function compareGas(): void {
  const measured = measuredGas();
  const text = existsSync(snapshotPath) ? readFileSync(snapshotPath, "utf8") : "";
  const expected = new Map([...text.matchAll(/^(.+) \(gas: (\d+)\)$/gm)].map(([, call, gas]) => [call ?? "", Number(gas)]));
  const differences: string[] = [];
  for (const call of new Set([...expected.keys(), ...measured.keys()])) {
    const [was, is] = [expected.get(call), measured.get(call)];
    if (was === undefined || is === undefined) {
      differences.push(`  ${call}: ${was ?? "not there"} -> ${is ?? "not measured"}`);
    } else if (Math.abs(is - was) * 100 > was * GAS_TOLERANCE_PERCENT) {
      differences.push(`  ${call}: ${was} -> ${is} (${(((is - was) * 100) / was).toFixed(1)} %)`);
    }
  }
  if (differences.length > 0) {
    throw new Failure(`Gas is not that of .gas-snapshot:\n${differences.join("\n")}\nIf that is meant: node scripts/contracts.ts gas --update`);
  }
  console.log(`gas of ${measured.size} calls is within ${GAS_TOLERANCE_PERCENT} % of .gas-snapshot`);
}

/** Runs forge, and says in one line how many tests passed; in full when one failed. */
function run(args: string[], environment: Record<string, string> = {}): void {
  const started = performance.now();
  const { status, output } = forge(args, { environment });
  if (status !== 0) throw new Failure(`${output}\nforge ${args.join(" ")} ended with ${status}`);
  const passed = /(\d+) tests passed, 0 failed/.exec(output)?.[1];
  if (passed === undefined) throw new Failure(`${output}\nNo tests ran.`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${passed} tests of contracts passed in ${seconds} s (forge ${args[0]})`);
}

function forge(
  args: string[],
  { environment = {}, inherit = false }: { environment?: Record<string, string>; inherit?: boolean },
): { status: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(findForge(), args, {
    cwd: root,
    // forge starts the compiler by its first line, which asks for node.
    env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`, ...environment },
    encoding: "utf8",
    stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"],
    maxBuffer: 256 * 1024 * 1024,
    timeout: LIMIT_MS,
  });
  if (error !== undefined) throw new Failure(`forge could not be run: ${error.message}`);
  return { status: status ?? 1, output: inherit ? "" : `${stdout}${stderr}` };
}

/** The program that npm installed for this platform, without the launcher around it. */
function findForge(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/forge-${process.platform}-${architecture}`;
  const umbrella = createRequire(import.meta.url).resolve("@foundry-rs/forge/package.json");
  try {
    const manifest = createRequire(umbrella).resolve(`${name}/package.json`);
    return join(dirname(manifest), "bin", process.platform === "win32" ? "forge.exe" : "forge");
  } catch {
    throw new Failure(`${name} is not installed. Install again with optional dependencies: npm ci --include=optional`);
  }
}
