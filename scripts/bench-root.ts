/**
 * Measures how a storage root is rebuilt from its words and prints one JSON document: seconds and slots per second by
 * processor time, the memory it takes beside the words, and the ratio to `@ethereumjs/mpt` over the first of the same words.
 * Exit code 1 when the roots differ or a limit is missed.
 * `node scripts/bench-root.ts [--count N] [--reference-count N]`
 */
import { parseArgs } from "node:util";
import { createMPT } from "@ethereumjs/mpt";
import type { Hex } from "../src/protocol/hex.ts";
import { createKeccakInto } from "../src/protocol/keccak-into.ts";
import { storageRootOf, type SlotWords } from "../src/snapshot/trie/storage-root.ts";

/** Slots of a BondingManager with 100,000 delegators, as counted on one. */
const SLOTS_OF_100_000 = 431_233;
const LIMIT_RATIO = 20;
const LIMIT_MEGABYTES = 150;

const { values } = parseArgs({ options: { count: { type: "string", default: String(SLOTS_OF_100_000) }, "reference-count": { type: "string", default: "20000" } } });
const count = Number(values.count);
const referenceCount = Math.min(count, Number(values["reference-count"]));
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(referenceCount) || referenceCount < 1) throw new Error("--count and --reference-count are numbers of slots");

const words = await makeWords(count);
// Once over a few, unmeasured: the engine compiles what it runs often.
await storageRootOf(firstOf(words, Math.min(count, 20_000)));
const startMegabytes = peakMegabytes();
const start = now();
const root = await storageRootOf(words);
const rebuilt = now();
const megabytes = peakMegabytes() - startMegabytes;

const fewer = firstOf(words, referenceCount);
const referenceStart = now();
const referenceRoot = await rootOfReference(fewer);
const referenceEnd = now();
const isEqual = referenceRoot === (await storageRootOf(fewer));
const fewerEnd = now();

const cpuSeconds = rebuilt.cpu - start.cpu;
const slotsPerCpuSecond = count / cpuSeconds;
const referenceCpuSeconds = referenceEnd.cpu - referenceStart.cpu;
const ratio = referenceCpuSeconds / (fewerEnd.cpu - referenceEnd.cpu);
const withinLimit = isEqual && ratio >= LIMIT_RATIO && megabytes < LIMIT_MEGABYTES;
console.log(
  JSON.stringify(
    {
      schema: 2,
      node: process.version,
      count,
      root,
      seconds: rounded(rebuilt.wall - start.wall),
      cpuSeconds: rounded(cpuSeconds),
      slotsPerCpuSecond: Math.round(slotsPerCpuSecond),
      megabytes,
      referenceCount,
      referenceCpuSeconds: rounded(referenceCpuSeconds),
      referenceSlotsPerCpuSecond: Math.round(referenceCount / referenceCpuSeconds),
      ratioToReference: rounded(ratio),
      rootsEqual: isEqual,
      limitRatio: LIMIT_RATIO,
      limitMegabytes: LIMIT_MEGABYTES,
      withinLimit,
    },
    null,
    2,
  ),
);
if (!withinLimit) process.exitCode = 1;

/** Slots of structs in a mapping, five words each: an amount, an amount, an address, a round and a small number, the same in every run. */
async function makeWords(total: number): Promise<SlotWords> {
  const keccak = await createKeccakInto();
  const [slots, flat] = [new Uint8Array(total * 32), new Uint8Array(total * 32)];
  const key = new Uint8Array(64);
  const random = new Uint8Array(32);
  const view = new DataView(key.buffer);
  const lengths = [10, 9, 20, 2, 1];
  for (let index = 0; index < total; index++) {
    const member = index % lengths.length;
    const at = index * 32;
    view.setUint32(28, Math.floor(index / lengths.length));
    keccak.hash(key, 0, 64, slots, at);
    // Members of a struct follow one another; one that would carry into the next byte stays where it is, apart by its first byte.
    if ((slots[at + 31] ?? 0) > 250) slots[at] = ((slots[at] ?? 0) + member) & 0xff;
    else slots[at + 31] = (slots[at + 31] ?? 0) + member;
    keccak.hash(slots, at, 32, random, 0);
    const length = lengths[member] ?? 1;
    flat.set(random.subarray(0, length), at + 32 - length);
    flat[at + 31] = (flat[at + 31] ?? 0) | 1;
  }
  return { slots, values: flat, count: total };
}

function firstOf({ slots, values: flat }: SlotWords, number: number): SlotWords {
  return { slots: slots.subarray(0, number * 32), values: flat.subarray(0, number * 32), count: number };
}

/** As its own documentation has it done: one insertion after the other. Words are RLP of at most 32 bytes without leading zeros. */
async function rootOfReference({ slots, values: flat, count: number }: SlotWords): Promise<Hex> {
  const trie = await createMPT({ useKeyHashing: true });
  for (let index = 0; index < number; index++) {
    const word = flat.subarray(index * 32, index * 32 + 32);
    const minimal = word.subarray(word.findIndex((byte) => byte !== 0));
    const isOwnRlp = minimal.length === 1 && (minimal[0] ?? 0) < 0x80;
    await trie.put(slots.slice(index * 32, index * 32 + 32), isOwnRlp ? minimal.slice() : Uint8Array.of(0x80 + minimal.length, ...minimal));
  }
  return `0x${Buffer.from(trie.root()).toString("hex")}`;
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
