/**
 * Measures making a proposal's simulation and report again from its evidence, offline, and prints one JSON document: the bytes
 * of the file for an upgrade of the JobsManager, and the whole process against bare node, with and without what is tried after
 * the proposal. `node scripts/bench-evidence.ts [--rounds N]`
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { proposeUpgrade } from "../src/lifecycle/propose-upgrade.ts";
import { recordPaths } from "../src/lifecycle/records.ts";
import { PROPOSE } from "../test/e2e/local-project.ts";
import { startSuite, suiteFolderEmptied, upgradeTo, V2 } from "../test/e2e/suite-project.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const lpctl = join(import.meta.dirname, "../bin/run.js");
const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-evidence-"));
try {
  const files = await makeEvidence();
  const runs = files.map(({ path }) => ["proposal", "reproduce", path, "--json"]);
  const ratios = runs.map((): number[] => []);
  const times = runs.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const bare = run(["-e", "0"]);
    for (const [index, args] of runs.entries()) {
      const milliseconds = run([lpctl, ...args]);
      // The first round fills node's own caches.
      if (round === 0) continue;
      times[index]?.push(milliseconds);
      ratios[index]?.push(milliseconds / bare);
    }
  }
  const cases = files.map(({ name, path }, index) => ({
    name,
    bytes: statSync(path).size,
    medianMilliseconds: Math.round(median(times[index] ?? [])),
    medianRatioToBareNode: Math.round(median(ratios[index] ?? []) * 10) / 10,
  }));
  console.log(JSON.stringify({ schema: 1, node: process.version, rounds, cases }, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Of one upgrade, made twice. The chain is gone afterwards. */
async function makeEvidence(): Promise<{ name: string; path: string }[]> {
  const suite = await startSuite("governor");
  try {
    const made: { name: string; path: string }[] = [];
    for (const aftermath of [true, false]) {
      await suiteFolderEmptied(suite);
      const { stored } = await proposeUpgrade({ ...suite.project, aftermath }, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
      const path = join(folder, `${aftermath ? "with" : "without"}-aftermath.json.gz`);
      copyFileSync(recordPaths(stored).evidence, path);
      made.push({ name: aftermath ? "whole" : "without what comes after", path });
    }
    return made;
  } finally {
    await suite.stop();
  }
}

function run(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder }, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`lpctl ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
