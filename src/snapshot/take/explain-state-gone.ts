import type { Rpc } from "../../chain/rpc.ts";
import { saysStateIsGone } from "../../chain/state-gone.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { isDevelopmentChain } from "./pin-block.ts";

const ANY_ACCOUNT = "0x0000000000000000000000000000000000000001";

/** What of a state is being read, and by what. */
export interface StateReading {
  /** For the newest block that is final. */
  command: string;
  /** Undefined before it is chosen. */
  block: bigint | undefined;
}

/**
 * Runs what reads a state. Where the node has forgotten that state, the error says which ones it has: a local chain that was stopped and
 * started has all its blocks, and only the newest state; one that makes blocks quickly forgets a state while it is read.
 * @throws LPCTL_ANVIL_STATE_GONE, and whatever `read` throws
 */
export async function explainingStateGone<T>(rpc: Rpc, reading: StateReading, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isGone(error) ? await explain(rpc, reading, error) : error;
  }
}

function isGone(error: unknown): error is LpctlError {
  if (!(error instanceof LpctlError)) return false;
  return error.code === "LPCTL_ANVIL_STATE_GONE" || (error.code === "LPCTL_RPC_ERROR" && saysStateIsGone(String(error.details?.["rpcMessage"])));
}

async function explain(rpc: Rpc, { command, block: chosen }: StateReading, gone: LpctlError): Promise<LpctlError> {
  const named = gone.details?.["block"];
  const block = chosen ?? (typeof named === "string" ? BigInt(named) : undefined);
  const oldest = block !== undefined && (await isDevelopmentChain(rpc)) ? await findOldestState(rpc, block + 1n) : undefined;
  return new LpctlError({
    code: "LPCTL_ANVIL_STATE_GONE",
    exit: Exit.network,
    message: `The ${oldest === undefined ? "RPC" : "local chain"} at ${rpc.origin} does not have the state of ${block === undefined ? "the block it was asked for" : `block ${block}`} any more`,
    why:
      oldest === undefined
        ? "Nodes forget old states unless they are archive nodes."
        : `A local chain keeps the states of its last blocks, and none from before it was last started: the oldest that this one has is that of block ${oldest}.`,
    next: nextStep(command, oldest, chosen !== undefined),
    details: { block: block?.toString() ?? null, oldest: oldest?.toString() ?? null },
    cause: gone,
  });
}

/** @param hadIt the state was there when the reading began */
function nextStep(command: string, oldest: bigint | undefined, hadIt: boolean): string {
  if (oldest === undefined) return `Use an archive node (lpctl config explain), or a newer block: ${command}`;
  if (hadIt) return "Run the same command again. Where the chain makes blocks faster than they are read: lpctl node stop, then lpctl node start --no-actors --block-time 0";
  return `${command}, without --block and --confirmations: it takes the newest block, which no local chain replaces`;
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
