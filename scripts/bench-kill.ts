/**
 * Kills (SIGKILL) what sends a plan of transactions, at times spread over the whole run, starts it once more, and prints one JSON
 * document: how often the chain was then exactly as planned, had something twice, or the tool could not go on by itself. lpctl's
 * journal, and `forge script --resume`, on a chain with a block each second. Exit code 1 when lpctl's is ever stuck or repeats something.
 * `node scripts/bench-kill.ts [--kills N] [--count TRANSACTIONS]`
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import type { Rpc } from "../src/chain/rpc.ts";
import { localAccounts } from "../src/node/local-accounts.ts";

const COUNTER = "0x00000000000000000000000000000000000000c0";
/** Adds one to slot 0 on every call. */
const COUNTER_CODE = "0x5f546001015f5500";
const root = join(import.meta.dirname, "..");

const { values } = parseArgs({ options: { kills: { type: "string", default: "10" }, count: { type: "string", default: "401" } } });
const kills = Number(values.kills);
const count = Number(values.count);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(count) || count < 1) throw new Error("--kills and --count are whole numbers from 1");

/** What sends the plan; the same call goes on after a kill, with `again`. */
type Tool = (url: string, folder: string, again: boolean) => { command: string; args: string[]; cwd: string };

const lpctl: Tool = (url, folder) => ({ command: process.execPath, args: [join(root, "scripts/bench-kill-child.ts"), url, join(folder, "journal.ndjson"), String(count)], cwd: root });
const forge: Tool = (url, folder, again) => ({
  command: join(root, "node_modules/.bin/forge"),
  args: ["script", "Count.sol:Count", "--sig", "run(uint256)", String(count), "--rpc-url", url, "--private-key", localAccounts().deployer.privateKey, "--broadcast", "--non-interactive", ...(again ? ["--resume"] : [])],
  cwd: folder,
});

const result = { schema: 1, kills, transactions: count, lpctl: await measure(lpctl), forge: await measure(forge) };
console.log(JSON.stringify(result, null, 2));
if (result.lpctl.exact !== kills) process.exitCode = 1;

interface Measured {
  /** The chain had every transaction once, and the tool said that it was done. */
  exact: number;
  duplicates: number;
  stuck: number;
  /** Of a run that nobody killed. */
  seconds: number;
}

async function measure(tool: Tool): Promise<Measured> {
  const undisturbed = await attempt(tool, undefined);
  if (undisturbed.counted !== count || undisturbed.exitCode !== 0) throw new Error(`the plan was not carried out even undisturbed: ${undisturbed.counted} of ${count}, exit code ${undisturbed.exitCode}`);
  const measured: Measured = { exact: 0, duplicates: 0, stuck: 0, seconds: Math.round(undisturbed.milliseconds / 100) / 10 };
  for (let kill = 0; kill < kills; kill++) {
    const { counted, exitCode } = await attempt(tool, (undisturbed.milliseconds * (kill + 0.5)) / kills);
    if (counted > count) measured.duplicates += 1;
    else if (counted < count || exitCode !== 0) measured.stuck += 1;
    else measured.exact += 1;
  }
  return measured;
}

/** The plan on a fresh chain; killed after some time and started once more. */
async function attempt(tool: Tool, killAfterMs: number | undefined): Promise<{ counted: number; exitCode: number | null; milliseconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-kill-"));
  const anvil = await startAnvil({ blockTimeSeconds: 1, accounts: 1 });
  try {
    prepareForge(folder);
    await anvil.rpc.request("anvil_setCode", [COUNTER, COUNTER_CODE], z.unknown());
    const start = performance.now();
    let exitCode = await run(tool(anvil.url, folder, false), killAfterMs);
    const milliseconds = performance.now() - start;
    if (killAfterMs !== undefined && exitCode === null) exitCode = await run(tool(anvil.url, folder, true), undefined);
    return { counted: await readCount(anvil.rpc), exitCode, milliseconds };
  } finally {
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is in the pool when a tool gives up is mined all the same: it counts. */
async function readCount(rpc: Rpc): Promise<number> {
  await rpc.request("anvil_mine", ["0x2"], z.unknown());
  return Number(BigInt(await rpc.request("eth_getStorageAt", [COUNTER, "0x0", "latest"], z.string())));
}

/** @returns the exit code; null when it was killed */
async function run({ command, args, cwd }: ReturnType<Tool>, killAfterMs: number | undefined): Promise<number | null> {
  const child = spawn(command, args, { cwd, stdio: "ignore" });
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
