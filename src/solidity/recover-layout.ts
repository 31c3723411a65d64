/** Storage layout and functions of a contract without source, recovered from its runtime bytecode by `evmole`. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { entryFile } from "../package-root.ts";
import type { Hex } from "../protocol/hex.ts";
import { isOpenZeppelinSlot } from "../protocol/openzeppelin-namespaces.ts";
import { WELL_KNOWN_SLOTS } from "../protocol/storage-slots.ts";
import type { Layout, LayoutItem, LayoutType } from "../protocol/layout.ts";

export interface RecoveredCode {
  /** Variables are called `slot3`, `slot3+20` where they begin at byte 20; positions are right, types approximate. */
  layout: Layout;
  /** Slots that the code names outright: its declared variables, and positions fixed by assembly. Ascending. */
  slots: RecoveredSlot[];
  /** Selectors it answers, `0x` and eight digits. */
  selectors: Hex[];
}

export interface RecoveredSlot {
  slot: bigint;
  offset: number;
  /** As the recovery says it, e.g. `mapping(address => uint256)`. */
  type: string;
  isWritten: boolean;
}

/** EIP-170 allows 24,576 bytes; chains with larger limits allow a few times that. */
const LONGEST_CODE_BYTES = 131_072;
const DEADLINE_MILLISECONDS = 5_000;
const MOST_RECORDS = 4_096;
const MOST_REMEMBERED = 64;

const answerSchema = z.object({
  functions: z.array(z.object({ selector: z.string().regex(/^[0-9a-f]{8}$/) })).default([]),
  storage: z.array(
    z.object({
      slot: z.string().regex(/^[0-9a-f]{1,64}$/),
      offset: z.int().min(0).max(31),
      type: z.string(),
      writes: z.array(z.string()),
    }),
  ).default([]),
});
type Answer = z.infer<typeof answerSchema>;

const remembered = new Map<Hex, Promise<RecoveredCode | undefined>>();

/**
 * Undefined where nothing can be told: no code, more code than any chain takes, or code that the recovery cannot read
 * within five seconds. Never throws, whatever the bytes are.
 */
export function recoverLayout(code: Hex): Promise<RecoveredCode | undefined> {
  const known = remembered.get(code);
  if (known !== undefined) return known;
  const found = recover(code);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(code, found);
  return found;
}

async function recover(code: Hex): Promise<RecoveredCode | undefined> {
  const bytes = (code.length - 2) / 2;
  if (bytes < 1 || bytes > LONGEST_CODE_BYTES || !/^0x([0-9a-fA-F]{2})+$/.test(code)) return undefined;
  const answer = await askWorker(code);
  if (answer === undefined || answer.storage.length > MOST_RECORDS) return undefined;
  const slots = answer.storage
    .map(({ slot, offset, type, writes }): RecoveredSlot => ({ slot: BigInt(`0x${slot}`), offset, type, isWritten: writes.length > 0 }))
    .toSorted((a, b) => (a.slot === b.slot ? a.offset - b.offset : a.slot < b.slot ? -1 : 1));
  return { layout: layoutOfSlots(slots), slots, selectors: answer.functions.map(({ selector }): Hex => `0x${selector}`) };
}

function askWorker(code: Hex): Promise<Answer | undefined> {
  return new Promise((settle) => {
    const worker = new Worker(pathToFileURL(entryFile("src/solidity/recover-worker.ts")), {
      workerData: code,
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const finish = (answer: unknown): void => {
      clearTimeout(deadline);
      worker.removeAllListeners();
      // What it still says while it is being ended is of no interest, and must not end the process.
      worker.on("error", () => undefined);
      void worker.terminate();
      settle(answerSchema.safeParse(answer).data);
    };
    const deadline = setTimeout(() => finish(undefined), DEADLINE_MILLISECONDS);
    worker.once("message", finish);
    worker.once("error", () => finish(undefined));
    worker.once("exit", () => finish(undefined));
  });
}

const WORDS = "t_words";
const WORDS_SHOWN = 64;
const WORD_TYPE: LayoutType = { encoding: "inplace", label: "word", numberOfBytes: "32", isOpen: true, value: WORDS };

/**
 * What the code does with its slots, as a layout. What lies in a mapping is a run of words of which each may be a value
 * or another mapping: whether it is a struct, and of what, the code does not say.
 * @param slots ascending
 */
export function layoutOfSlots(slots: readonly RecoveredSlot[]): Layout {
  const types: Record<string, LayoutType> = {
    t_word: WORD_TYPE,
    [WORDS]: {
      encoding: "inplace",
      label: "words",
      numberOfBytes: String(32 * WORDS_SHOWN),
      members: Array.from({ length: WORDS_SHOWN }, (_, index) => ({ label: index === 0 ? "" : `word${index}`, slot: String(index), offset: 0, type: "t_word" })),
    },
  };
  const storage: LayoutItem[] = [];
  const bySlot = new Map<bigint, RecoveredSlot[]>();
  for (const slot of slots) if (!hasOwnName(slot.slot)) bySlot.set(slot.slot, [...(bySlot.get(slot.slot) ?? []), slot]);
  for (const [slot, found] of bySlot) {
    const name = slot < 1n << 64n ? `slot${slot}` : `slot 0x${slot.toString(16).padStart(64, "0")}`;
    const place = (offset: number, type: string): void => {
      storage.push({ label: offset === 0 ? name : `${name}+${offset}`, slot: slot.toString(), offset, type });
    };
    const whole = found.length === 1 && found[0]?.offset === 0 ? wholeSlotType(found[0].type, types) : undefined;
    if (whole !== undefined) {
      place(0, whole);
      continue;
    }
    let end = 0;
    for (const [index, { offset, type }] of found.entries()) {
      const next = found[index + 1]?.offset ?? 32;
      if (offset < end || next === offset) continue;
      if (offset > end) place(end, bytesType(offset - end, types));
      const [id, size] = valueType(type, next - offset, types);
      place(offset, id);
      end = offset + size;
    }
    if (end < 32) place(end, bytesType(32 - end, types));
  }
  return { storage, types };
}

/** Positions that anybody's code may use, which have names of their own. */
function hasOwnName(slot: bigint): boolean {
  return slot >= 1n << 64n && (WELL_KNOWN_SLOTS.some((known) => BigInt(known.slot) === slot) || isOpenZeppelinSlot(slot));
}

/** Mappings, arrays, byte strings, and values of 32 bytes of which it is not sure that they are no mapping either. */
function wholeSlotType(type: string, types: Record<string, LayoutType>): string | undefined {
  const key = /^mapping\(([a-z]+\d*) => /.exec(type)?.[1];
  if (key !== undefined) {
    const id = `t_mapping(t_${key},${WORDS})`;
    const keyId = key === "string" || key === "bytes" ? `t_${key}_memory_ptr` : valueType(key, 32, types)[0];
    types[id] = { encoding: "mapping", label: `mapping(${key} => words)`, numberOfBytes: "32", key: keyId, value: WORDS };
    return id;
  }
  if (type === "string" || type === "bytes") {
    types[`t_${type}_storage`] = { encoding: "bytes", label: type, numberOfBytes: "32" };
    return `t_${type}_storage`;
  }
  if (type.startsWith("mapping(") || type.endsWith("]")) return "t_word";
  if (type === "uint256" || type === "bytes32") {
    const id = `t_${type}`;
    types[id] = { encoding: "inplace", label: type, numberOfBytes: "32", isOpen: true, value: WORDS };
    return id;
  }
  return undefined;
}

/** A value type of at most `room` bytes: what does not fit is shown as bytes. */
function valueType(type: string, room: number, types: Record<string, LayoutType>): [id: string, size: number] {
  const size = sizeOfValue(type);
  if (size === undefined || size > room) return [bytesType(room, types), room];
  types[`t_${type}`] ??= { encoding: "inplace", label: type, numberOfBytes: String(size) };
  return [`t_${type}`, size];
}

function sizeOfValue(type: string): number | undefined {
  if (type === "address") return 20;
  if (type === "bool") return 1;
  const [, kind, digits] = /^(uint|int|bytes)(\d+)$/.exec(type) ?? [];
  const count = Number(digits);
  if (kind === undefined) return undefined;
  const size = kind === "bytes" ? count : count / 8;
  return Number.isInteger(size) && size >= 1 && size <= 32 ? size : undefined;
}

function bytesType(size: number, types: Record<string, LayoutType>): string {
  types[`t_bytes${size}`] ??= { encoding: "inplace", label: `bytes${size}`, numberOfBytes: String(size) };
  return `t_bytes${size}`;
}
