/**
 * Measures how a storage root is rebuilt from its words and prints one JSON document: seconds and slots per second by
 * processor time, the memory it takes beside the words, and the ratio to the plain function of the definition
 * (scripts/plain-storage-root.ts) over the first of the same words. Exit code 1 when the roots differ or a limit is missed.
 * `node scripts/bench-root.ts [--count N] [--plain-count N]`
 */
import { parseArgs } from "node:util";
import type { Hex } from "../src/protocol/hex.ts";
import { createKeccakInto } from "../src/protocol/keccak-into.ts";
import { storageRootOf, type SlotWords } from "../src/snapshot/trie/storage-root.ts";
import { plainStorageRoot } from "./plain-storage-root.ts";

/** Slots of a BondingManager with 100,000 delegators, as counted on one. */
const SLOTS_OF_100_000 = 431_233;
const LIMIT_RATIO = 15;
const LIMIT_MEGABYTES = 150;

const { values } = parseArgs({ options: { count: { type: "string", default: String(SLOTS_OF_100_000) }, "plain-count": { type: "string", default: "50000" } } });
const count = Number(values.count);
const plainCount = Math.min(count, Number(values["plain-count"]));
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(plainCount) || plainCount < 1) throw new Error("--count and --plain-count are numbers of slots");

const words = await makeWords(count);
// Once over a few, unmeasured: the engine compiles what it runs often.
await storageRootOf(firstOf(words, Math.min(count, 20_000)));
const startMegabytes = peakMegabytes();
const start = now();
const root = await storageRootOf(words);
const rebuilt = now();
const megabytes = peakMegabytes() - startMegabytes;

const fewer = firstOf(words, plainCount);
const pairs = toPairs(fewer);
const plainStart = now();
const plainRoot = plainStorageRoot(pairs);
const plainEnd = now();
const isEqual = plainRoot === (await storageRootOf(fewer));
const fewerEnd = now();

const cpuSeconds = rebuilt.cpu - start.cpu;
const slotsPerCpuSecond = count / cpuSeconds;
const plainCpuSeconds = plainEnd.cpu - plainStart.cpu;
const ratio = plainCpuSeconds / (fewerEnd.cpu - plainEnd.cpu);
const withinLimit = isEqual && ratio >= LIMIT_RATIO && megabytes < LIMIT_MEGABYTES;
console.log(
  JSON.stringify(
    {
      schema: 1,
      node: process.version,
      count,
      root,
      seconds: rounded(rebuilt.wall - start.wall),
      cpuSeconds: rounded(cpuSeconds),
      slotsPerCpuSecond: Math.round(slotsPerCpuSecond),
      megabytes,
      plainCount,
      plainCpuSeconds: rounded(plainCpuSeconds),
      plainSlotsPerCpuSecond: Math.round(plainCount / plainCpuSeconds),
      ratioToPlain: rounded(ratio),
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

function toPairs({ slots, values: flat, count: number }: SlotWords): [Hex, Hex][] {
  const hex = (bytes: Uint8Array, index: number): Hex => `0x${Buffer.from(bytes.buffer, bytes.byteOffset + index * 32, 32).toString("hex")}`;
  return Array.from({ length: number }, (_, index) => [hex(slots, index), hex(flat, index)]);
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
