import { readLogs } from "../chain/logs.ts";
import type { Log, Rpc } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { EXECUTION_FAILURE, EXECUTION_SUCCESS } from "./execute.ts";

/** What used a nonce of a Safe. */
export interface Execution {
  nonce: bigint;
  safeTxHash: Hex;
  outcome: "success" | "failure";
  /** The transaction on chain that carried it. */
  transaction: Hex;
  blockNumber: bigint;
}

export interface Executions {
  /** Newest first. */
  known: Execution[];
  /** Nothing before this block was looked at; 0 when everything was. */
  sinceBlock: bigint;
}

/** Where a provider refuses to search the whole chain: windows of so many blocks, this many of them, back from the latest. */
const WINDOW_BLOCKS = 50_000n;
const MOST_WINDOWS = 8;

/**
 * The executions of a Safe, from its newest back to the one that used `downTo`. A Safe uses its nonces one by one and reports
 * each with an event that names the hash but not the nonce, so they are counted backwards from the Safe's nonce. (Where a Safe
 * executes within its own execution, the inner event comes first: the two hashes are then swapped, and the transaction is right.)
 * @param safe its nonce read at `blockNumber`; logs are read up to that block
 */
export async function readExecutions(rpc: Rpc, safe: { address: Address; nonce: bigint; blockNumber: bigint }, downTo = 0n): Promise<Executions> {
  const wanted = safe.nonce - downTo;
  if (wanted <= 0n) return { known: [], sinceBlock: safe.blockNumber };
  const read = (fromBlock: bigint, toBlock: bigint): Promise<Log[]> =>
    readLogs(rpc, { address: safe.address, topics: [[EXECUTION_SUCCESS, EXECUTION_FAILURE]], fromBlock, toBlock });
  let sinceBlock = 0n;
  let logs: Log[];
  try {
    logs = await rpc.logs({ address: safe.address, topics: [[EXECUTION_SUCCESS, EXECUTION_FAILURE]], fromBlock: 0n, toBlock: safe.blockNumber });
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code === "LPCTL_RPC_UNREACHABLE") throw error;
    logs = [];
    sinceBlock = safe.blockNumber + 1n;
    for (let window = 0; window < MOST_WINDOWS && sinceBlock > 0n && BigInt(logs.length) < wanted; window++) {
      const last = sinceBlock - 1n;
      sinceBlock = last < WINDOW_BLOCKS ? 0n : last - WINDOW_BLOCKS + 1n;
      logs = [...(await read(sinceBlock, last)), ...logs];
    }
  }
  const inOrder = logs.toSorted((left, right) => Number(left.blockNumber - right.blockNumber) || Number(left.logIndex - right.logIndex));
  const known = inOrder.reverse().flatMap((log, index): Execution[] => {
    const nonce = safe.nonce - 1n - BigInt(index);
    const safeTxHash = (log.topics[1] ?? log.data.slice(0, 66)) as Hex;
    const { transactionHash: transaction, blockNumber } = log;
    return nonce < 0n ? [] : [{ nonce, safeTxHash, outcome: log.topics[0] === EXECUTION_SUCCESS ? "success" : "failure", transaction, blockNumber }];
  });
  return { known, sinceBlock };
}

/** The execution that used `nonce`, or that of `safeTxHash`; undefined when it was not found. */
export async function readExecutionAt(rpc: Rpc, safe: { address: Address; nonce: bigint; blockNumber: bigint }, nonce: bigint): Promise<Execution | undefined> {
  const { known } = await readExecutions(rpc, safe, nonce);
  return known.find((execution) => execution.nonce === nonce);
}
