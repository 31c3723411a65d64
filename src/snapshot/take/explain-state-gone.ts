import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { isDevelopmentChain } from "./pin-block.ts";

const ANY_ACCOUNT = "0x0000000000000000000000000000000000000001";

/**
 * Runs what reads a state. Where the node has forgotten that state, the error says which ones it has: a local chain that was stopped and
 * started has all its blocks, and only the newest state.
 * @param command for the newest block that is final
 * @throws LPCTL_ANVIL_STATE_GONE, and whatever `read` throws
 */
export async function explainingStateGone<T>(rpc: Rpc, command: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_ANVIL_STATE_GONE") throw error;
    throw await explain(rpc, command, error);
  }
}

async function explain(rpc: Rpc, command: string, gone: LpctlError): Promise<LpctlError> {
  const block = gone.details?.["block"];
  const oldest = typeof block === "string" && (await isDevelopmentChain(rpc)) ? await findOldestState(rpc, BigInt(block) + 1n) : undefined;
  const which = typeof block === "string" ? `block ${block}` : "the block it was asked for";
  return new LpctlError({
    code: "LPCTL_ANVIL_STATE_GONE",
    exit: Exit.network,
    message: `The ${oldest === undefined ? "RPC" : "local chain"} at ${rpc.origin} does not have the state of ${which} any more`,
    why:
      oldest === undefined
        ? "Nodes forget old states unless they are archive nodes."
        : `A local chain keeps the states of its last blocks, and none from before it was last started: the oldest that this one has is that of block ${oldest}.`,
    next: oldest === undefined ? `Use an archive node (lpctl config explain), or a newer block: ${command}` : `${command}, without --block and --confirmations: it takes the newest block, which no local chain replaces`,
    details: { block: block ?? null, oldest: oldest ?? null },
  });
}

/** The states that a node has are those from one block on. */
async function findOldestState(rpc: Rpc, from: bigint): Promise<bigint | undefined> {
  let [low, high] = [from, await rpc.blockNumber()];
  if (low > high) return undefined;
  while (low < high) {
    const middle = (low + high) / 2n;
    if (await hasState(rpc, middle)) high = middle;
    else low = middle + 1n;
  }
  return high;
}

function hasState(rpc: Rpc, block: bigint): Promise<boolean> {
  return rpc.request("eth_getCode", [ANY_ACCOUNT, `0x${block.toString(16)}`], hexSchema).then(
    () => true,
    (error: unknown) => {
      if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return false;
      throw error;
    },
  );
}
