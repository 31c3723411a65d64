import { Rpc } from "../chain/rpc.ts";
import { isProcessAlive, readCommandLine } from "../chain/process-alive.ts";
import { LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import type { NodeRecord } from "./node-record.ts";

/**
 * What became of a recorded chain.
 * - `running`: it answers and is the one that was started
 * - `silent`: its process runs and does not answer
 * - `replaced`: it is gone, and something else answers on its port
 * - `gone`: neither process nor answer
 */
export type NodeState = { state: "running"; blockNumber: bigint; timestampSeconds: bigint } | { state: "silent" | "replaced" | "gone" };

/** A local chain answers in milliseconds; this is for a machine that is very busy. */
const ANSWER_DEADLINE_MS = 5_000;

/** Asks the chain itself and the process table; the record is believed in nothing but where to look. */
export async function observeNode(record: NodeRecord): Promise<NodeState> {
  const answer = await askChain(record);
  if (typeof answer === "object") return { state: "running", ...answer };
  if (answer === "other") return { state: "replaced" };
  if (await isRecordedProcess(record)) return { state: "silent" };
  return { state: answer === "nobody" ? "gone" : "replaced" };
}

/**
 * Whether the recorded process id still belongs to the anvil on the recorded port, and not to a program that got
 * the number later. Where the system does not tell, the answer is no.
 */
export async function isRecordedProcess(record: NodeRecord): Promise<boolean> {
  if (!isProcessAlive(record.pid)) return false;
  const words = await readCommandLine(record.pid);
  const port = words?.indexOf("--port") ?? -1;
  return words !== undefined && /(^|[/\\])anvil(\.exe)?$/.test(words[0] ?? "") && words[port + 1] === String(record.port);
}

async function askChain(record: NodeRecord): Promise<{ blockNumber: bigint; timestampSeconds: bigint } | "nobody" | "other" | "silence"> {
  const rpc = new Rpc(record.rpcUrl, { timeoutMs: ANSWER_DEADLINE_MS });
  try {
    const [chainId, genesisHash, { number, timestampSeconds }] = await Promise.all([rpc.chainId(), readGenesisHash(rpc), rpc.block("latest")]);
    const same = chainId === record.chainId && (record.genesisHash === null ? await isRecordedProcess(record) : genesisHash === record.genesisHash);
    return same ? { blockNumber: number, timestampSeconds } : "other";
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    if (error.code === "LPCTL_RPC_UNREACHABLE") return "nobody";
    return error.code === "LPCTL_RPC_TIMEOUT" ? "silence" : "other";
  }
}

/** The hash of block 0. anvil puts the time of its start into it, so no two local chains share one. */
export async function readGenesisHash(rpc: Rpc): Promise<Hex> {
  return (await rpc.block(0n)).hash;
}
