import type { ReadBlock } from "../../chain/block-reader.ts";
import { pinParameters } from "../../chain/pin-rpc.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";

/** The same endpoint, which takes `latest` for this block. It remembers nothing: bulk readings would fill the memory. */
export function atBlock(rpc: Rpc, { number }: ReadBlock): Rpc {
  return rpc.through((inner) => ({
    endpoint: inner.endpoint,
    send: (method, params, options) => (method === "eth_blockNumber" ? Promise.resolve(formatTag(number)) : inner.send(method, pinParameters(method, params, number), options)),
  }));
}
