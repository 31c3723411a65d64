/**
 * Kills (SIGKILL) what sends a plan of transactions, at times spread over the whole run, starts it once more, and prints one JSON
 * document: how often the chain was then exactly as planned, had something twice or not at all, or the tool could not go on by
 * itself. lpctl's journal, `forge script --resume`, and Hardhat Ignition where it can be installed, on a chain with a block each
 * second. Exit code 1 when lpctl's is ever stuck or repeats something.
 * `node scripts/bench-kill.ts [--kills N] [--count TRANSACTIONS] [--only lpctl|forge|ignition]`
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import type { Rpc } from "../src/chain/rpc.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { ignitionCommand, installIgnition, prepareIgnition } from "./bench-kill-ignition.ts";

const COUNTER = "0x00000000000000000000000000000000000000c0";
/** Adds one to slot 0 on every call. */
const COUNTER_CODE = "0x5f546001015f5500";
const root = join(import.meta.dirname, "..");

const { values } = parseArgs({ options: { kills: { type: "string", default: "10" }, count: { type: "string", default: "401" }, only: { type: "string" } } });
const kills = Number(values.kills);
const count = Number(values.count);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(count) || count < 1) throw new Error("--kills and --count are whole numbers from 1");

/** What sends the plan. */
interface Tool {
  prepare(url: string, folder: string): void;
  /** The call that begins, and with `again` the one that goes on after a kill. */
  call(url: string, folder: string, again: boolean): Call;
}

interface Call {
  command: string;
  args: string[];
  cwd: string;
}

const { privateKey } = localAccounts().deployer;

const lpctl: Tool = {
  prepare: () => {},
  call: (url, folder) => ({ command: process.execPath, args: [join(root, "scripts/bench-kill-child.ts"), url, join(folder, "journal.ndjson"), String(count)], cwd: root }),
};
const forge: Tool = {
  prepare: (_, folder) => prepareForge(folder),
  call: (url, folder, again) => ({
    command: join(root, "node_modules/.bin/forge"),
    args: ["script", "Count.sol:Count", "--sig", "run(uint256)", String(count), "--rpc-url", url, "--private-key", privateKey, "--broadcast", "--non-interactive", ...(again ? ["--resume"] : [])],
    cwd: folder,
  }),
};
const ignition = (installed: string): Tool => ({
  prepare: (url, folder) => prepareIgnition(folder, installed, { counter: COUNTER, count, url, privateKey }),
  call: (_, folder) => ({ command: process.execPath, args: ignitionCommand(folder), cwd: folder }),
});

const isWanted = (name: string): boolean => values.only === undefined || values.only === name;
const ours = isWanted("lpctl") ? await measure(lpctl) : null;
const theirs = isWanted("forge") ? await measure(forge) : null;
const installed = isWanted("ignition") ? installIgnition(join(root, "node_modules/.cache/lpctl-bench")) : null;
const ignited = installed === null || "skipped" in installed ? installed : await measure(ignition(installed.folder));
console.log(JSON.stringify({ schema: 2, kills, transactions: count, lpctl: ours, forge: compared(theirs), ignition: ignited === null || "skipped" in ignited ? ignited : compared(ignited) }, null, 2));
if (ours !== null && ours.exact !== ours.killed) process.exitCode = 1;

/** Runs, each killed once and started once more; one may be in several counts. */
interface Measured {
  /** Those that had come to their end before are in no count. */
  killed: number;
  /** The chain had every transaction once, and the tool said that it was done. */
  exact: number;
  duplicates: number;
  missing: number;
  /** The tool did not say that it was done. */
  stuck: number;
  /** What it said instead, and how often. */
  reasons: Record<string, number>;
  /** Of a run that nobody killed. */
  seconds: number;
}

function compared(measured: Measured | null): object | null {
  if (measured === null || ours === null) return measured;
  return { ...measured, timesAsLong: Math.round((100 * measured.seconds) / ours.seconds) / 100 };
}

async function measure(tool: Tool): Promise<Measured> {
  const undisturbed = await attempt(tool, undefined);
  if (undisturbed.counted !== count || undisturbed.exitCode !== 0) throw new Error(`the plan was not carried out even undisturbed: ${undisturbed.counted} of ${count}, exit code ${undisturbed.exitCode}: ${undisturbed.said}`);
  const measured: Measured = { killed: 0, exact: 0, duplicates: 0, missing: 0, stuck: 0, reasons: {}, seconds: Math.round(undisturbed.milliseconds / 100) / 10 };
  for (let kill = 0; kill < kills; kill++) {
    const { counted, exitCode, wasKilled, said } = await attempt(tool, (undisturbed.milliseconds * (kill + 0.5)) / kills);
    if (!wasKilled) continue;
    measured.killed += 1;
    if (counted > count) measured.duplicates += 1;
    if (counted < count) measured.missing += 1;
    if (exitCode !== 0) {
      measured.stuck += 1;
      measured.reasons[said] = (measured.reasons[said] ?? 0) + 1;
    }
    if (counted === count && exitCode === 0) measured.exact += 1;
  }
  return measured;
}

interface Attempt {
  counted: number;
  exitCode: number | null;
  wasKilled: boolean;
  milliseconds: number;
  /** The first line in what it printed that speaks of an error. */
  said: string;
}

/** The plan on a fresh chain; killed after some time and started once more. */
async function attempt(tool: Tool, killAfterMs: number | undefined): Promise<Attempt> {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-kill-"));
  const anvil = await startAnvil({ blockTimeSeconds: 1, accounts: 1 });
  const printed = join(folder, "printed.txt");
  try {
    tool.prepare(anvil.url, folder);
    await anvil.rpc.request("anvil_setCode", [COUNTER, COUNTER_CODE], z.unknown());
    const start = performance.now();
    let exitCode = await run(tool.call(anvil.url, folder, false), printed, killAfterMs);
    const milliseconds = performance.now() - start;
    const wasKilled = exitCode === null;
    if (wasKilled) exitCode = await run(tool.call(anvil.url, folder, true), printed, undefined);
    return { counted: await readCount(anvil.rpc), exitCode, wasKilled, milliseconds, said: firstError(readFileSync(printed, "utf8"), folder) };
  } finally {
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstError(text: string, folder: string): string {
  const lines = stripVTControlCharacters(text).split("\n");
  return (lines.find((line) => /error|HHE\d|IGN\d|failed|cannot/i.test(line)) ?? lines.findLast((line) => line.trim() !== "") ?? "").replaceAll(folder, "…").trim().slice(0, 200);
}

/** What is in the pool when a tool gives up is mined all the same: it counts. */
async function readCount(rpc: Rpc): Promise<number> {
  await rpc.request("anvil_mine", ["0x2"], z.unknown());
  return Number(BigInt(await rpc.request("eth_getStorageAt", [COUNTER, "0x0", "latest"], z.string())));
}

/** @returns the exit code; null when it was killed */
async function run({ command, args, cwd }: Call, printed: string, killAfterMs: number | undefined): Promise<number | null> {
  const file = openSync(printed, "w");
  const child = spawn(command, args, { cwd, stdio: ["ignore", file, file], env: { ...process.env, CI: "true" } });
  closeSync(file);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  return code;
}

function prepareForge(folder: string): void {
  writeFileSync(join(folder, "foundry.toml"), `[profile.default]\nsrc = "."\nscript = "."\nlibs = []\noffline = true\nsolc = "${join(root, "scripts/solc-for-forge.js")}"\nevm_version = "cancun"\n`);
  writeFileSync(
    join(folder, "Count.sol"),
    `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
interface Vm { function startBroadcast() external; }
contract Count {
    function run(uint256 count) external {
        Vm(address(uint160(uint256(keccak256("hevm cheat code"))))).startBroadcast();
        for (uint256 index = 0; index < count; index++) {
            (bool done, ) = address(uint160(${BigInt(COUNTER)})).call("");
            require(done);
        }
    }
}
`,
  );
}
