import { LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { numberAt, selectorOf, wordAt, wordOfAddress, wordOfNumber } from "./hand-codec.ts";
import type { BlockReader } from "./block-reader.ts";

/** Where Multicall3 is on every chain that has it. */
export const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
const AGGREGATE3 = selectorOf("aggregate3((address,bool,bytes)[])");
/** Calls in one Multicall3; halved where the node finds it too much. */
const MOST_IN_ONE = 400;
/** Questions under way at once, or answers held: enough for the wire, and no more in memory than that. */
const WINDOW = 2_000;

export interface BulkCall {
  to: Address;
  data: Hex;
}

export interface BulkProgress {
  (done: number, all: number): void;
}

/**
 * Many questions at one block: through Multicall3 where the chain has it, else as JSON-RPC batches.
 * @param calls in the order of the answers
 * @returns the answers; undefined where a call reverted
 */
export async function callMany(reader: BlockReader, calls: readonly BulkCall[], onProgress: BulkProgress = () => {}): Promise<(Hex | undefined)[]> {
  if (calls.length > 4 && (await reader.code(MULTICALL3)) !== "0x") return throughMulticall(reader, calls, onProgress);
  const answers: (Hex | undefined)[] = [];
  for (let from = 0; from < calls.length; from += WINDOW) {
    answers.push(...(await Promise.all(calls.slice(from, from + WINDOW).map((call) => callOrNothing(reader, call)))));
    onProgress(answers.length, calls.length);
  }
  return answers;
}

async function callOrNothing(reader: BlockReader, { to, data }: BulkCall): Promise<Hex | undefined> {
  try {
    return await reader.call(to, data);
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return undefined;
    throw error;
  }
}

async function throughMulticall(reader: BlockReader, calls: readonly BulkCall[], onProgress: BulkProgress): Promise<(Hex | undefined)[]> {
  const answers: (Hex | undefined)[] = [];
  let size = MOST_IN_ONE;
  while (answers.length < calls.length) {
    const parts: BulkCall[][] = [];
    for (let from = answers.length; from < calls.length && parts.length < 8; from += size) parts.push(calls.slice(from, from + size));
    const results = await Promise.all(parts.map((part) => aggregate(reader, part).catch((error: unknown) => {
      if (size > 1 && isTooMuch(error)) return undefined;
      throw error;
    })));
    const refused = results.indexOf(undefined);
    for (const result of refused === -1 ? results : results.slice(0, refused)) answers.push(...(result ?? []));
    if (refused !== -1) size = Math.ceil(size / 2);
    onProgress(answers.length, calls.length);
  }
  return answers;
}

/** Out of gas or out of time; a call that reverts by itself does not fail the whole. */
function isTooMuch(error: unknown): boolean {
  return error instanceof LpctlError && ["LPCTL_CHAIN_CALL_REVERTED", "LPCTL_RPC_TIMEOUT", "LPCTL_RPC_ERROR", "LPCTL_RPC_BAD_ANSWER"].includes(error.code);
}

async function aggregate(reader: BlockReader, calls: readonly BulkCall[]): Promise<(Hex | undefined)[]> {
  return decodeAggregated(await reader.call(MULTICALL3, encodeAggregate(calls), true), calls.length);
}

/** `aggregate3` with every call allowed to fail. */
export function encodeAggregate(calls: readonly BulkCall[]): Hex {
  const heads: string[] = [];
  const tails: string[] = [];
  let offset = calls.length * 32;
  for (const { to, data } of calls) {
    const bytes = (data.length - 2) / 2;
    const padded = Math.ceil(bytes / 32) * 32;
    heads.push(wordOfNumber(BigInt(offset)));
    tails.push(wordOfAddress(to), wordOfNumber(1n), wordOfNumber(96n), wordOfNumber(BigInt(bytes)), data.slice(2).padEnd(padded * 2, "0"));
    offset += 128 + padded;
  }
  return `${AGGREGATE3}${wordOfNumber(32n)}${wordOfNumber(BigInt(calls.length))}${heads.join("")}${tails.join("")}`;
}

/** @throws RangeError when the answer is not one for this many calls */
export function decodeAggregated(data: Hex, count: number): (Hex | undefined)[] {
  if (numberAt(data, 1) !== BigInt(count)) throw new RangeError("another number of answers than calls");
  const answers: (Hex | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const at = 2 + Number(numberAt(data, 2 + index)) / 32;
    const bytes = Number(numberAt(data, at + 2));
    const start = 2 + (at + 3) * 64;
    const answer = data.slice(start, start + bytes * 2);
    if (answer.length !== bytes * 2) throw new RangeError("an answer is cut short");
    answers.push(BigInt(`0x${wordAt(data, at)}`) === 1n ? `0x${answer}` : undefined);
  }
  return answers;
}
