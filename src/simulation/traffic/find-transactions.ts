/** Finds the newest transactions that touched a contract: by events, and by the blocks themselves where events are not enough. */
import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { readLogs } from "../../chain/logs.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { hash32Schema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";

export interface Candidate {
  hash: Hex;
  height: bigint;
  /** Of its first log or of itself in the block; only for the order. */
  place: bigint;
  /** It called the contract, or the contract emitted something in it; false where only a neighbour did. */
  isCertain: boolean;
}

export interface SearchRequest {
  proxy: Address;
  /** Contracts that work with it: calls among them reach it without an event of its own. */
  neighbours: readonly Address[];
  /** Transactions wanted. */
  count: number;
  /** Not searched below; by default a bounded number of blocks back. */
  fromBlock?: bigint | undefined;
  toBlock: bigint;
  onProgress?: ((what: string) => void) | undefined;
}

export interface Search {
  /** Newest first, each once. More than wanted, because neighbours' transactions may turn out not to touch the contract. */
  candidates: Candidate[];
  fromBlock: bigint;
  /** Blocks whose transactions were looked at one by one, down to this. */
  bodiesFrom: bigint;
}

const FIRST_WINDOW = 1_000n;
const WIDEST_WINDOW = 1_000_000n;
/** About half a year of an Ethereum chain, some weeks of a fast one. */
const DEFAULT_DEPTH = 1_500_000n;
const MOST_BODIES = 1_000n;
const BODIES_AT_ONCE = 50n;
/** Times the number wanted: of those that only neighbours' events point to. */
const MOST_POSSIBLE = 2;

export async function findTransactions(rpc: Rpc, request: SearchRequest): Promise<Search> {
  const { toBlock, count } = request;
  const lowest = request.fromBlock ?? (toBlock > DEFAULT_DEPTH ? toBlock - DEFAULT_DEPTH : 0n);
  const own = new Map<Hex, Candidate>();
  const near = new Map<Hex, Candidate>();
  let bodiesFrom = toBlock + 1n;
  let from = toBlock + 1n;
  for (let window = FIRST_WINDOW; from > lowest && own.size < count; window = window * 4n < WIDEST_WINDOW ? window * 4n : WIDEST_WINDOW) {
    const to = from - 1n;
    from = from - window > lowest ? from - window : lowest;
    await collectByLogs(rpc, request, from, to, own, near);
    if (own.size < count) request.onProgress?.(`Searching for transactions: ${own.size} of ${count} found down to block ${from}`);
    // Calls that emit nothing, such as those that failed, are only found in the blocks themselves.
    const bodiesTo = bodiesFrom - 1n;
    const lowestBody = [from, toBlock >= MOST_BODIES ? toBlock - MOST_BODIES + 1n : 0n, oldestWanted(own, count)].reduce((a, b) => (a > b ? a : b));
    if (lowestBody <= bodiesTo) {
      await collectByBodies(rpc, request.proxy, lowestBody, bodiesTo, own, () => oldestWanted(own, count));
      bodiesFrom = lowestBody;
    }
  }
  const oldest = oldestWanted(own, count);
  const certain = newestFirst(own.values()).slice(0, count);
  const possible = newestFirst(near.values()).filter(({ hash, height }) => !own.has(hash) && height >= oldest);
  return { candidates: newestFirst([...certain, ...possible.slice(0, count * MOST_POSSIBLE)]), fromBlock: from, bodiesFrom };
}

/** Below the block of the last wanted transaction nothing has to be looked for. */
function oldestWanted(own: ReadonlyMap<Hex, Candidate>, count: number): bigint {
  if (own.size < count) return 0n;
  return newestFirst(own.values())[count - 1]?.height ?? 0n;
}

function newestFirst(candidates: Iterable<Candidate>): Candidate[] {
  return [...candidates].sort((a, b) => compare(b.height, a.height) || compare(b.place, a.place));
}

async function collectByLogs(rpc: Rpc, { proxy, neighbours }: SearchRequest, from: bigint, to: bigint, own: Map<Hex, Candidate>, near: Map<Hex, Candidate>): Promise<void> {
  const range = { fromBlock: from, toBlock: to };
  const [proxyLogs, neighbourLogs] = await Promise.all([
    readLogs(rpc, { address: proxy, ...range }),
    neighbours.length === 0 ? [] : readLogs(rpc, { address: [...neighbours], ...range }),
  ]);
  for (const [logs, into, isCertain] of [[proxyLogs, own, true], [neighbourLogs, near, false]] as const) {
    for (const { transactionHash, blockNumber, logIndex } of logs) {
      if (!into.has(transactionHash)) into.set(transactionHash, { hash: transactionHash, height: blockNumber, place: logIndex, isCertain });
    }
  }
}

const bodySchema = z.object({
  transactions: z.array(z.object({ hash: hash32Schema, to: rpcAddressSchema.nullish(), transactionIndex: quantitySchema })),
});

async function collectByBodies(rpc: Rpc, proxy: Address, from: bigint, to: bigint, own: Map<Hex, Candidate>, lowest: () => bigint): Promise<void> {
  for (let top = to; top >= from && top >= lowest(); top -= BODIES_AT_ONCE) {
    const heights = Array.from({ length: Number(BODIES_AT_ONCE) }, (_, index) => top - BigInt(index)).filter((height) => height >= from);
    // A node may have forgotten old blocks, and a chain may begin later than at zero.
    const blocks = await Promise.all(heights.map(async (height) => ({ height, body: await rpc.request("eth_getBlockByNumber", [formatTag(height), true], bodySchema.nullable()) })));
    for (const { height, body } of blocks) {
      for (const transaction of body?.transactions ?? []) {
        if (transaction.to !== proxy || own.has(transaction.hash)) continue;
        own.set(transaction.hash, { hash: transaction.hash, height, place: transaction.transactionIndex, isCertain: true });
      }
    }
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
