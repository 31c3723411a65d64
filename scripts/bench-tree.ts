/**
 * Measures MerkleMine's tree at the size of 2018 and prints one JSON document: seconds to read the file of recipients
 * and to build the tree, the peak memory of the process, and the ratio to a bare loop of the same hashes (processor time).
 * Exit code 1 when the memory is above its limit. `node scripts/bench-tree.ts [--count N] [--shape complete|layered]`
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createKeccak } from "hash-wasm";
import { buildMerkleTree } from "../src/genesis/merkle-tree.ts";
import { loadRecipients } from "../src/genesis/recipients.ts";

/** Accounts that had 0.1 ETH or more at block 5,264,265. */
const RECIPIENTS_OF_2018 = 2_598_071;
const LIMIT_MEGABYTES = 600;

const { values } = parseArgs({ options: { count: { type: "string", default: String(RECIPIENTS_OF_2018) }, shape: { type: "string", default: "complete" } } });
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--count is a number of addresses");
if (values.shape !== "complete" && values.shape !== "layered") throw new Error("--shape is complete or layered");

const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-tree-"));
try {
  const path = join(folder, "recipients.txt");
  writeRecipients(path);
  const beforeMegabytes = peakMegabytes();
  const start = now();
  const { addresses } = await loadRecipients(path);
  const read = now();
  const tree = await buildMerkleTree(addresses, values.shape);
  const built = now();
  const peak = peakMegabytes();
  const proofs = Math.min(count, 100_000);
  for (let index = 0; index < proofs; index++) {
    const at = Math.floor((index * count) / proofs) * 20;
    if (tree.proofOf(`0x${Buffer.from(addresses.subarray(at, at + 20)).toString("hex")}`) === undefined) throw new Error("an address is missing");
  }
  const proved = now();
  await bareLoop(addresses);
  const bare = now();
  console.log(
    JSON.stringify(
      {
        schema: 1,
        node: process.version,
        count,
        shape: tree.shape,
        root: tree.root,
        readSeconds: rounded(read.wall - start.wall),
        treeSeconds: rounded(built.wall - read.wall),
        treeCpuSeconds: rounded(built.cpu - read.cpu),
        bareHashCpuSeconds: rounded(bare.cpu - proved.cpu),
        ratioToBareHashes: rounded((built.cpu - read.cpu) / (bare.cpu - proved.cpu)),
        proofsPerCpuSecond: Math.round(proofs / (proved.cpu - built.cpu)),
        peakMegabytes: peak,
        startMegabytes: beforeMegabytes,
        limitMegabytes: LIMIT_MEGABYTES,
        withinLimit: peak < LIMIT_MEGABYTES,
      },
      null,
      2,
    ),
  );
  if (peak >= LIMIT_MEGABYTES) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Addresses that look random and are the same in every run: a multiplication that visits every number once. */
function writeRecipients(path: string): void {
  const file = openSync(path, "w");
  for (let first = 0; first < count; first += 1_000) {
    const lines: string[] = [];
    for (let index = first; index < Math.min(count, first + 1_000); index++) {
      const high = (BigInt(index + 1) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn) & ((1n << 160n) - 1n);
      lines.push(`0x${high.toString(16).padStart(40, "0")}\n`);
    }
    writeSync(file, lines.join(""));
  }
  closeSync(file);
}

/** As many hashes of 20 and of 64 bytes as the tree needs, and nothing else. */
async function bareLoop(bytes: Uint8Array): Promise<void> {
  const keccak = await createKeccak(256);
  const pair = new Uint8Array(64);
  for (let at = 0; at < bytes.length; at += 20) keccak.init().update(bytes.subarray(at, at + 20)).digest("binary");
  for (let at = 20; at < bytes.length; at += 20) keccak.init().update(pair).digest("binary");
}

/** Seconds, by the clock and of the processor: the second hardly depends on what else the machine does. */
function now(): { wall: number; cpu: number } {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

/** The highest resident memory so far, as the operating system counts it. */
function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
