import { z } from "zod";
import { isReadOfChain, pinParameters, pinRpc, type PinnedRpc } from "./pin-rpc.ts";
import { recordedAnswerSchema, requestKey, toRecordedError, type RecordedAnswer } from "./recorded-answer.ts";
import { formatTag, type Rpc, type Transport } from "./rpc.ts";

/** An endpoint as it was at one block, and everything it was asked. */
export interface RpcRecording extends PinnedRpc {
  /** So far, each request once, in an order that does not depend on timing. Requests that failed for the network's reasons are not there. */
  answers(): RecordedAnswer[];
}

/**
 * An `Rpc` pinned to one block (`pinRpc`) that notes what it was asked. What was only asked ahead is noted once it is asked for.
 * Whatever is no read of the chain passes through and is not recorded.
 */
export async function recordRpc(upstream: Rpc): Promise<RpcRecording> {
  const { rpc: pinned, block } = await pinRpc(upstream);
  const recorded = new Map<string, RecordedAnswer>();

  const send = async (inner: Transport, method: string, given: unknown[]): Promise<unknown> => {
    if (!isReadOfChain(method) || method === "eth_blockNumber") return inner.send(method, given);
    const params = pinParameters(method, given, block.number);
    const key = requestKey(method, params);
    const note = (said: { result: unknown } | Pick<RecordedAnswer, "error">): void => {
      if (!recorded.has(key)) recorded.set(key, recordedAnswerSchema.parse({ method, params, ...said }));
    };
    try {
      const result = await inner.send(method, params);
      note({ result: result ?? null });
      return result;
    } catch (thrown) {
      const error = toRecordedError(thrown);
      if (error !== undefined) note({ error });
      throw thrown;
    }
  };

  const rpc = pinned.through((inner) => ({ ...inner, send: (method, params) => send(inner, method, params) }));
  // The block itself is part of every record.
  await rpc.request("eth_getBlockByNumber", [formatTag(block.number), false], z.unknown());
  return {
    rpc,
    block,
    answers: () => [...recorded].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, answer]) => answer),
  };
}
