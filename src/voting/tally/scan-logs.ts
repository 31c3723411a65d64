import { z } from "zod";
import { readLogs } from "../../chain/logs.ts";
import type { Log, LogFilter, Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { decimalSchema, hash32Schema } from "../../protocol/hex.ts";
import { readContractBlock } from "../contract-block.ts";
import type { TallyCache } from "./tally-cache.ts";

/** After this many parts at most, what was read is kept. */
const PARTS = 24n;
const LEAST_PART = 20_000n;

export interface Scan<T> {
  /** Under which the cache keeps what was found. */
  name: string;
  filter: Omit<LogFilter, "fromBlock" | "toBlock">;
  fromBlock: bigint;
  toBlock: bigint;
  /** What is kept of a log; undefined: nothing. */
  pick: (log: Log) => T | undefined;
  schema: z.ZodType<T>;
  onProgress?: ((doneBlock: bigint, lastBlock: bigint) => void) | undefined;
}

/**
 * Logs of a range of blocks, part by part, and only those that were not read before. Kept parts are contiguous from the
 * first block and end with a block whose hash is still the same; anything else is read again.
 */
export async function scanLogs<T>(rpc: Rpc, cache: TallyCache, { name, filter, fromBlock, toBlock, pick, schema, onProgress }: Scan<T>): Promise<T[]> {
  const partSchema = z.object({ from: decimalSchema, to: decimalSchema, hash: hash32Schema, found: z.array(schema) });
  const found: T[] = [];
  let next = fromBlock;
  const parts: z.infer<typeof partSchema>[] = [];
  for (const part of cache.entries(name, partSchema)) {
    // Written again after a reorganisation: what came later is void.
    while (parts.length > 0 && (parts.at(-1)?.to ?? 0n) >= part.from) parts.pop();
    if (part.from === (parts.at(-1)?.to ?? fromBlock - 1n) + 1n && part.to <= toBlock) parts.push(part);
  }
  while (parts.length > 0 && !(await isStill(rpc, parts.at(-1)))) parts.pop();
  for (const part of parts) {
    for (const each of part.found) found.push(each);
    next = part.to + 1n;
  }
  const span = toBlock - next + 1n;
  const size = span / PARTS > LEAST_PART ? span / PARTS : LEAST_PART;
  while (next <= toBlock) {
    const to = next + size - 1n < toBlock ? next + size - 1n : toBlock;
    const logs = await readLogs(rpc, { ...filter, fromBlock: next, toBlock: to }, onProgress === undefined ? {} : { onProgress: (done) => onProgress(done, toBlock) });
    const picked = logs.map(pick).filter((each) => each !== undefined);
    const { hash } = await readContractBlock(rpc, to);
    await cache.keep(name, { from: next, to, hash, found: picked });
    for (const each of picked) found.push(each);
    next = to + 1n;
  }
  return found;
}

async function isStill(rpc: Rpc, part: { to: bigint; hash: string } | undefined): Promise<boolean> {
  if (part === undefined) return true;
  try {
    return (await readContractBlock(rpc, part.to)).hash === part.hash;
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_NO_BLOCK") return false;
    throw error;
  }
}
