import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { encodeExecTransaction, EXECUTION_FAILURE, EXECUTION_SUCCESS, prevalidatedSignatures } from "../safe/execute.ts";
import { packCalls } from "../safe/multisend.ts";
import { isSafe, readSafe, type SafeFacts } from "../safe/read-safe.ts";
import { hashSafeTransaction } from "../safe/transaction.ts";
import { readStanding, simulateApprovals } from "./nested.ts";
import type { SafeNode } from "./node.ts";
import type { PlannedStep } from "./planned-step.ts";
import type { RouteContext, RouteStep, StepState } from "./step.ts";
import { plural } from "../protocol/plural.ts";

/** A Safe is recognised by the code of its proxy and singleton, not by what it answers. */
export async function recogniseSafe(rpc: Rpc, address: Address): Promise<SafeFacts | undefined> {
  return (await isSafe(rpc, address)) ? readSafe(rpc, address) : undefined;
}

/** What became of a Safe transaction: the hash is a topic from 1.4.1 on, and the first word of the data before. */
async function readSafeExecution(
  rpc: Rpc,
  safe: Address,
  safeTxHash: Hex,
  sinceBlock: bigint,
): Promise<StepState | undefined> {
  const logs = await readLogs(rpc, {
    address: safe,
    topics: [[EXECUTION_SUCCESS, EXECUTION_FAILURE]],
    fromBlock: sinceBlock,
    toBlock: "latest",
  });
  const log = logs.find((candidate) => candidate.topics[1] === safeTxHash || candidate.data.startsWith(safeTxHash));
  if (log === undefined) return undefined;
  return log.topics[0] === EXECUTION_SUCCESS
    ? { state: "done", transaction: log.transactionHash }
    : { state: "blocked", why: `the Safe executed it in ${log.transactionHash} and the call inside failed` };
}

function earlierTransactions(first: bigint, last: bigint): string {
  return first === last ? `the Safe's transaction ${first}, which comes first` : `the Safe's transactions ${first} to ${last}, which come first`;
}

/** Owners sign off chain, then anyone executes. */
export function safeRoute(node: SafeNode, calls: readonly Call[], context: RouteContext): RouteStep[] {
  const title = `The Safe ${node.address} signs and executes (${node.threshold} of ${node.owners.length})`;
  return [
    {
      kind: "safe",
      title,
      by: { kind: "safe", address: node.address },
      calls: [...calls],
      async state(rpc) {
        const bundle = context.safeBundle;
        if (bundle !== undefined) {
          const execution = await readSafeExecution(rpc, node.address, bundle.safeTxHash, context.sinceBlock);
          if (execution !== undefined) return execution;
        }
        const effect = await context.effect(rpc);
        if (effect !== undefined) return effect;
        if (bundle === undefined) return { state: "waiting", waitingFor: `${plural(node.threshold, "more signature")} of ${node.threshold}` };
        if (node.nonce > bundle.nonce) {
          return {
            state: "blocked",
            why: `nonce ${bundle.nonce} of the Safe was used by another transaction; its nonce is ${node.nonce} now`,
          };
        }
        if (node.nonce < bundle.nonce) {
          return { state: "waiting", waitingFor: earlierTransactions(node.nonce, bundle.nonce - 1n) };
        }
        const { missing, children } = await readStanding(rpc, node, bundle);
        if (missing === 0) return { state: "ready" };
        return { state: "waiting", waitingFor: [`${plural(missing, "more signature")} of ${node.threshold}`, ...children].join("; ") };
      },
      async simulation(rpc) {
        if ((await context.effect(rpc))?.state === "done") return [];
        return simulateSafe(node, calls, title, context.chainId);
      },
    },
  ];
}

/**
 * The Safe's own execTransaction, guards on. Signatures are replaced by on-chain approvals of
 * the first owners who can act, given on the fork in the owners' names, so no storage has to be overridden.
 */
function simulateSafe(node: SafeNode, calls: readonly Call[], title: string, chainId: bigint): PlannedStep[] {
  const transaction = packCalls(calls, node);
  const { safeTxHash } = hashSafeTransaction(chainId, node.address, transaction);
  const { approvers, steps } = simulateApprovals(node, safeTxHash, chainId);
  const executor = approvers[0];
  if (executor === undefined) return [];
  return [
    ...steps,
    {
      kind: "transaction",
      title,
      from: executor,
      to: node.address,
      valueWei: 0n,
      data: encodeExecTransaction(transaction, prevalidatedSignatures(approvers)),
    },
  ];
}
