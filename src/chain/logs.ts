import { LpctlError } from "../errors.ts";
import type { BlockTag, Log, LogFilter, Rpc } from "./rpc.ts";

export interface ReadLogsOptions {
  /** Widest range asked for at once, in blocks. Without it the whole range is tried first. */
  maxRangeBlocks?: bigint;
  /** After each answered range: the last block covered and the last block wanted. */
  onProgress?: (doneBlock: bigint, lastBlock: bigint) => void;
}

/** A range may be too wide to be answered in time; a node that stays silent after this many smaller ones is just silent. */
const TIME_OUTS_BORNE = 1;

/**
 * All logs that match, in chain order and each once, however narrow the ranges that the provider allows. Asks
 * for everything at once; where the provider refuses, the range is halved, and it widens again slowly after
 * success. An open end (`latest`) is fixed to a number at the start, so that every part speaks of the same chain.
 * @throws what `Rpc.logs` throws, once even a single block is refused
 */
export async function readLogs(rpc: Rpc, filter: LogFilter, options: ReadLogsOptions = {}): Promise<Log[]> {
  const last = await resolveBlock(rpc, filter.toBlock);
  const found = new Map<string, Log>();
  let from = filter.fromBlock;
  let range = last - from + 1n;
  if (options.maxRangeBlocks !== undefined && range > options.maxRangeBlocks) range = options.maxRangeBlocks;
  let refused = false;
  let timeOuts = 0;
  while (from <= last) {
    const to = from + range - 1n < last ? from + range - 1n : last;
    try {
      for (const log of await rpc.logs({ ...filter, fromBlock: from, toBlock: to })) {
        found.set(`${log.blockNumber}:${log.logIndex}`, log);
      }
    } catch (error) {
      if (!mayBeTooWide(error) || to === from) throw error;
      if (isTimeOut(error) && ++timeOuts > TIME_OUTS_BORNE) throw error;
      refused = true;
      range = suggestedRange(error, from, to) ?? (to - from + 1n) / 2n;
      continue;
    }
    options.onProgress?.(to, last);
    from = to + 1n;
    const wider = refused ? range + range / 4n + 1n : range;
    range = options.maxRangeBlocks !== undefined && wider > options.maxRangeBlocks ? options.maxRangeBlocks : wider;
  }
  return [...found.values()].sort((a, b) => compare(a.blockNumber, b.blockNumber) || compare(a.logIndex, b.logIndex));
}

async function resolveBlock(rpc: Rpc, tag: BlockTag): Promise<bigint> {
  if (typeof tag === "bigint") return tag;
  if (tag === "earliest") return 0n;
  return rpc.blockNumber();
}

/**
 * Providers word the refusal in many ways (range, result count, response size, time), so an error that the node
 * itself gave, or a time-out, counts as "too wide". A node that is not there does not.
 */
function mayBeTooWide(error: unknown): boolean {
  if (!(error instanceof LpctlError)) return false;
  if (isTimeOut(error)) return true;
  if (error.code !== "LPCTL_RPC_ERROR") return false;
  const rpcCode = error.details?.["rpcCode"];
  const status = error.details?.["status"];
  return rpcCode !== -32601 && status !== 401 && status !== 403 && status !== 404;
}

function isTimeOut(error: unknown): boolean {
  return error instanceof LpctlError && error.code === "LPCTL_RPC_TIMEOUT";
}

/** Some providers name a range that would pass: "… this block range should work: [0x0, 0x1f3]". */
function suggestedRange(error: unknown, from: bigint, to: bigint): bigint | undefined {
  if (!(error instanceof LpctlError)) return undefined;
  const match = /\[(0x[0-9a-f]{1,16}),\s*(0x[0-9a-f]{1,16})\]/i.exec(error.message);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const [first, end] = [BigInt(match[1]), BigInt(match[2])];
  return first === from && end >= first && end < to ? end - first + 1n : undefined;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
