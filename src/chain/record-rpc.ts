import { z } from "zod";
import { blockSchema, type BlockHeader } from "./rpc-schemas.ts";
import { recordedAnswerSchema, requestKey, toRecordedError, type RecordedAnswer } from "./recorded-answer.ts";
import { formatTag, type Rpc, type Transport } from "./rpc.ts";

/** An endpoint as it was at one block, and everything it was asked. */
export interface RpcRecording {
  readonly rpc: Rpc;
  readonly block: BlockHeader;
  /** So far, each request once, in an order that does not depend on timing. Requests that failed for the network's reasons are not there. */
  answers(): RecordedAnswer[];
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
 * An `Rpc` for which time stands still at the block that is the latest now, whatever is mined meanwhile. A request that was
 * made before is answered from memory. Whatever is no read of the chain passes through and is not recorded.
 */
export async function recordRpc(upstream: Rpc): Promise<RpcRecording> {
  const head = await upstream.request("eth_getBlockByNumber", ["latest", false], z.json());
  const block = blockSchema.parse(head);
  const params = [formatTag(block.number), false];
  const recorded = new Map<string, RecordedAnswer>();
  const known = new Map<string, Promise<unknown>>();
  const headKey = requestKey("eth_getBlockByNumber", params);
  recorded.set(headKey, { method: "eth_getBlockByNumber", params, result: head });
  known.set(headKey, Promise.resolve(head));
  const rpc = upstream.through((inner) => ({ endpoint: inner.endpoint, send: (method, params) => send(inner, method, params) }));

  const send = (inner: Transport, method: string, params: unknown[]): Promise<unknown> => {
    if (!isRecordable(method)) return inner.send(method, params);
    if (method === "eth_blockNumber") return Promise.resolve(formatTag(block.number));
    const pinned = pin(method, params, block.number);
    const key = requestKey(method, pinned);
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = inner.send(method, pinned).then(
      (result) => {
        recorded.set(key, recordedAnswerSchema.parse({ method, params: pinned, result: result ?? null }));
        return result;
      },
      (error: unknown) => {
        const said = toRecordedError(error);
        if (said === undefined) known.delete(key);
        else recorded.set(key, recordedAnswerSchema.parse({ method, params: pinned, error: said }));
        throw error;
      },
    );
    known.set(key, answer);
    return answer;
  };

  return {
    rpc,
    block,
    answers: () => [...recorded].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, answer]) => answer),
  };
}

function isRecordable(method: string): boolean {
  return /^(eth|net|web3)_/.test(method) && !/^eth_(send|sign|subscribe|estimateGas)/.test(method);
}

/** The same request with every open end fixed to the block. */
function pin(method: string, params: readonly unknown[], block: bigint): unknown[] {
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
