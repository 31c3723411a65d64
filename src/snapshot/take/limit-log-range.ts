import { z } from "zod";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { quantitySchema } from "../../protocol/hex.ts";

const rangeSchema = z.object({ fromBlock: quantitySchema, toBlock: quantitySchema });

/**
 * The same endpoint, as if it refused to answer for more blocks at once: for one that answers with fewer logs than there are instead of
 * refusing. `readLogs` then asks for ranges that it does answer.
 */
export function limitLogRange(rpc: Rpc, blocks: bigint): Rpc {
  const mostBlocks = blocks < 1n ? 1n : blocks;
  return rpc.through((inner) => ({
    endpoint: inner.endpoint,
    send: (method, params, options) => {
      const range = method === "eth_getLogs" ? rangeSchema.safeParse(params[0]) : undefined;
      if (range?.success === true) {
        const { fromBlock, toBlock } = range.data;
        if (toBlock - fromBlock >= mostBlocks) return Promise.reject(tooWide(fromBlock, fromBlock + mostBlocks - 1n));
      }
      return inner.send(method, params, options);
    },
  }));
}

/** In the words in which providers name a range that would pass. */
function tooWide(from: bigint, to: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_RPC_ERROR",
    exit: Exit.network,
    message: `The range is wider than was asked for. This block range should work: [${formatTag(from)}, ${formatTag(to)}]`,
    details: { rpcCode: -32005 },
  });
}
