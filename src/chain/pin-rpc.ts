import { z } from "zod";
import { toRecordedError, requestKey } from "./recorded-answer.ts";
import { blockSchema, type BlockHeader } from "./rpc-schemas.ts";
import { formatTag, type Rpc, type Transport } from "./rpc.ts";

/** An endpoint for which time stands still at one block, and which is asked nothing twice. */
export interface PinnedRpc {
  readonly rpc: Rpc;
  readonly block: BlockHeader;
}

/** Where a method takes the block it speaks of. */
const BLOCK_PARAMETER: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_getCode: 1,
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
  eth_getProof: 2,
  eth_getBlockByNumber: 0,
  eth_createAccessList: 1,
  debug_traceCall: 1,
};

/**
 * An `Rpc` that speaks of the block that is the latest now, whatever is mined meanwhile, and answers from memory what it was
 * asked before. Whatever is no read of the chain passes through. One that is pinned already stays as it is.
 */
export async function pinRpc(upstream: Rpc): Promise<PinnedRpc> {
  if (upstream.pinnedAt !== undefined) return { rpc: upstream, block: upstream.pinnedAt };
  const head = await upstream.request("eth_getBlockByNumber", ["latest", false], z.json());
  const block = blockSchema.parse(head);
  const known = new Map<string, Promise<unknown>>([[requestKey("eth_getBlockByNumber", [formatTag(block.number), false]), Promise.resolve(head)]]);

  const send = (inner: Transport, method: string, params: unknown[]): Promise<unknown> => {
    if (!isReadOfChain(method)) return inner.send(method, params);
    if (method === "eth_blockNumber") return Promise.resolve(formatTag(block.number));
    const pinned = pinParameters(method, params, block.number);
    const key = requestKey(method, pinned);
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = inner.send(method, pinned).catch((error: unknown) => {
      // What the network did is no answer: the next one to ask may get one.
      if (toRecordedError(error) === undefined) known.delete(key);
      throw error;
    });
    known.set(key, answer);
    return answer;
  };

  const rpc = upstream.through((inner) => {
    const transport: Transport = { endpoint: inner.endpoint, pinnedAt: block, ahead: () => transport, send: (method, params) => send(inner, method, params) };
    return transport;
  });
  return { rpc, block };
}

/** Whether a method reads the chain, and gives the same for the same block. */
export function isReadOfChain(method: string): boolean {
  return /^(eth|net|web3)_/.test(method) && !/^eth_(send|sign|subscribe|estimateGas)/.test(method);
}

/** The same request with every open end fixed to the block. */
export function pinParameters(method: string, params: readonly unknown[], block: bigint): unknown[] {
  const at = BLOCK_PARAMETER[method];
  if (at !== undefined) return params.map((value, index) => (index === at && isOpen(value) ? formatTag(block) : value));
  if (method !== "eth_getLogs") return [...params];
  return params.map((filter) => {
    if (typeof filter !== "object" || filter === null || !("toBlock" in filter) || !isOpen(filter.toBlock)) return filter;
    return { ...filter, toBlock: formatTag(block) };
  });
}

function isOpen(tag: unknown): boolean {
  return tag === "latest" || tag === "pending";
}
