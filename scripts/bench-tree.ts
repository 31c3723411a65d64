/**
 * Measures Merkle trees and prints one JSON document.
 *
 * `mine`: MerkleMine's tree at the size of 2018. Seconds to read the file of recipients and to build the tree, the peak
 * memory of the process, and the ratio to a bare loop of the same hashes (processor time). Exit code 1 when the memory is
 * above its limit.
 *
 * `standard`: a tree of claims against @openzeppelin/merkle-tree, each in a process of its own. The reference needs some
 * five minutes for a million leaves, so both are measured at `--reference-count` leaves, and ours at `--leaves` besides;
 * with `--full`, both at `--leaves`, and nothing is estimated.
 *
 * `node scripts/bench-tree.ts [--case mine|standard] [--count N] [--shape complete|layered] [--leaves N] [--reference-count N | --full]`
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createKeccak } from "hash-wasm";
import type { TreeShape } from "../src/protocol/merkle/hash-tree.ts";

/** Accounts that had 0.1 ETH or more at block 5,264,265. */
const RECIPIENTS_OF_2018 = 2_598_071;
const LIMIT_MEGABYTES = 600;
const CLAIM_TYPES = ["address", "uint256", "uint256"];
const PROOFS_OF_REFERENCE = 1_000;

const { values } = parseArgs({
  options: {
    case: { type: "string" },
    count: { type: "string", default: String(RECIPIENTS_OF_2018) },
    shape: { type: "string", default: "complete" },
    leaves: { type: "string", default: "1000000" },
    "reference-count": { type: "string", default: "100000" },
    full: { type: "boolean", default: false },
  },
});

/** One tree of claims, measured in a process of its own. */
interface Built {
  root: string;
  count: number;
  /** Without the time to make the rows up. */
  cpuSeconds: number;
  proofsPerCpuSecond: number;
  peakMegabytes: number;
  /** What was resident before there were rows, with the code loaded. */
  startMegabytes: number;
}

const wanted = values.case;
if (wanted === "ours" || wanted === "reference") {
  console.log(JSON.stringify(await (wanted === "ours" ? buildOurs : buildReference)(numberOf("leaves"))));
} else {
  const shape = values.shape;
  if (shape !== "complete" && shape !== "layered") throw new Error("--shape is complete or layered");
  if (wanted !== undefined && wanted !== "mine" && wanted !== "standard") throw new Error("--case is mine or standard");
  const mine = wanted === "standard" ? null : await measureMine(numberOf("count"), shape);
  const standard = wanted === "mine" ? null : measureStandard(numberOf("leaves"), numberOf(values.full ? "leaves" : "reference-count"));
  console.log(JSON.stringify({ schema: 3, node: process.version, mine, standard }, null, 2));
  if (mine?.withinLimit === false) process.exitCode = 1;
}

function numberOf(option: "count" | "leaves" | "reference-count"): number {
  const number = Number(values[option]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${option} is a whole number from 1`);
  return number;
}

async function measureMine(count: number, shape: TreeShape) {
  const { buildMerkleTree } = await import("../src/genesis/merkle-tree.ts");
  const { loadRecipients } = await import("../src/genesis/recipients.ts");
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-tree-"));
  try {
    const path = join(folder, "recipients.txt");
    writeRecipients(path, count);
    const startMegabytes = peakMegabytes();
    const start = now();
    const { addresses } = await loadRecipients(path);
    const read = now();
    const tree = await buildMerkleTree(addresses, shape);
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
    return {
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
      startMegabytes,
      limitMegabytes: LIMIT_MEGABYTES,
      withinLimit: peak < LIMIT_MEGABYTES,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Ratios of the processor's time and of memory: whole processes, and what each needs above its own code. The reference needs
 * its rows in memory to build a tree, so they are part of what it takes.
 */
function measureStandard(leaves: number, referenceCount: number): object {
  const [ours, reference] = [inChild("ours", referenceCount), inChild("reference", referenceCount)];
  if (ours.root !== reference.root) throw new Error(`the roots differ: ${ours.root} here, ${reference.root} there`);
  return {
    ours,
    reference,
    timesAsFast: rounded(reference.cpuSeconds / ours.cpuSeconds),
    timesAsManyProofs: rounded(ours.proofsPerCpuSecond / reference.proofsPerCpuSecond),
    memoryOfReference: { times: rounded(reference.peakMegabytes / ours.peakMegabytes), timesAboveStart: rounded(grown(reference) / Math.max(1, grown(ours))) },
    ...(leaves === referenceCount ? {} : estimateStandard(inChild("ours", leaves), reference)),
  };
}

/** Not measured: what the reference would need for as many leaves as `full` has, were it to grow in proportion. */
function estimateStandard(full: Built, reference: Built): object {
  const scale = full.count / reference.count;
  const megabytes = reference.startMegabytes + grown(reference) * scale;
  return {
    full,
    estimatedForFull: {
      referenceCpuSeconds: Math.round(reference.cpuSeconds * scale),
      timesAsFast: rounded((reference.cpuSeconds * scale) / full.cpuSeconds),
      referenceMegabytes: Math.round(megabytes),
      memoryTimes: rounded(megabytes / full.peakMegabytes),
    },
  };
}

function grown({ peakMegabytes: peak, startMegabytes: start }: Built): number {
  return peak - start;
}

function inChild(name: "ours" | "reference", leaves: number): Built {
  const ran = spawnSync(process.execPath, ["--max-old-space-size=8192", import.meta.filename, "--case", name, "--leaves", String(leaves)], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${name} failed:\n${ran.stderr}`);
  return JSON.parse(ran.stdout) as Built;
}

/** Rows come one by one, as they would from a file. */
async function buildOurs(count: number): Promise<Built> {
  const { buildLeafTree } = await import("../src/migration/merkle/leaf-tree.ts");
  const { standardFormat } = await import("../src/migration/merkle/standard.ts");
  const startMegabytes = peakMegabytes();
  // To make the rows up is no part of the tree.
  const before = now();
  for (const row of claims(count)) if (row.length !== CLAIM_TYPES.length) throw new Error("a row is too short");
  const rows = now().cpu - before.cpu;
  const start = now();
  const tree = await buildLeafTree(standardFormat(CLAIM_TYPES), claims(count));
  const built = now();
  const peak = peakMegabytes();
  const proofs = Math.min(count, 100_000);
  for (let index = 0; index < proofs; index++) {
    const [row] = tree.rowsOf(recipient(Math.floor((index * count) / proofs)));
    if (row === undefined || tree.proofAt(row).length > 32) throw new Error("a claim is missing");
  }
  const proved = now();
  return { root: tree.root, count, cpuSeconds: rounded(built.cpu - start.cpu - rows), proofsPerCpuSecond: Math.round(proofs / (proved.cpu - built.cpu)), peakMegabytes: peak, startMegabytes };
}

async function buildReference(count: number): Promise<Built> {
  const { StandardMerkleTree } = await import("@openzeppelin/merkle-tree");
  const startMegabytes = peakMegabytes();
  const rows = [...claims(count)];
  const start = now();
  const tree = StandardMerkleTree.of(rows, CLAIM_TYPES);
  const built = now();
  const peak = peakMegabytes();
  const proofs = Math.min(count, PROOFS_OF_REFERENCE);
  for (let index = 0; index < proofs; index++) tree.getProof(Math.floor((index * count) / proofs));
  const proved = now();
  return { root: tree.root, count, cpuSeconds: rounded(built.cpu - start.cpu), proofsPerCpuSecond: Math.round(proofs / (proved.cpu - built.cpu)), peakMegabytes: peak, startMegabytes };
}

function* claims(count: number): Generator<[string, bigint, bigint]> {
  for (let index = 0; index < count; index++) yield [recipient(index), BigInt(index) * 1_234_567_890_123_456_789n, BigInt(index) * 987_654_321n];
}

/** Addresses that look random and are the same in every run: a multiplication that visits every number once. */
function recipient(index: number): `0x${string}` {
  const number = (BigInt(index + 1) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn) & ((1n << 160n) - 1n);
  return `0x${number.toString(16).padStart(40, "0")}`;
}

function writeRecipients(path: string, count: number): void {
  const file = openSync(path, "w");
  for (let first = 0; first < count; first += 1_000) {
    const lines: string[] = [];
    for (let index = first; index < Math.min(count, first + 1_000); index++) lines.push(`${recipient(index)}\n`);
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
