import { Interface } from "ethers/abi";
import type { Operation, OperationResult, SendProgress } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { NonceBoundPlan } from "../genesis/nonce-bound-plan.ts";
import { readForkEffect } from "./fork-progress.ts";
import type { PreparedFork } from "./prepare-fork.ts";

export interface RunForkOptions {
  chainId: bigint;
  signer: TransactionSigner;
  journalPath: string;
  onProgress?: ((progress: SendProgress) => void) | undefined;
  /** How long a node that reports a nonce as used may take to show our receipt; as sendOperations has it unless said. */
  receiptLagMs?: number | undefined;
  /** For crash tests. */
  onCheckpoint?: ((name: string) => void) | undefined;
}

/** As many as nodes keep waiting for one account (geth's `--txpool.accountslots`). */
const WINDOW = 16;

/**
 * Sends what the chain does not have of a fork yet, in order, through the journal. Exactly once, wherever an earlier run was
 * killed: the journal knows what was signed, and where it is lost the chain shows what is done.
 *
 * Addresses follow from nonces: see `NonceBoundPlan`.
 * @throws LPCTL_FORK_NONCE_TAKEN, LPCTL_FORK_NODE_BEHIND, and what sendOperations throws
 */
export async function runFork(rpc: Rpc, prepared: PreparedFork, options: RunForkOptions): Promise<OperationResult[]> {
  const { signer, chainId, journalPath, onProgress, receiptLagMs, onCheckpoint } = options;
  const { transactions, from, firstNonce } = prepared.plan;
  const bound = new NonceBoundPlan(rpc, {
    kind: "fork",
    transactions,
    from,
    firstNonce,
    readEffect: ({ effect }) => readForkEffect(rpc, effect),
    beginAnew: "Begin anew: move the folder of this fork away, then lpctl fork run. Use the deployer for nothing else meanwhile.",
  });
  return sendOperations({
    rpc,
    chainId,
    signer: bound.guard(signer),
    journalPath,
    // Words are loaded, and mints staged, in any order; all else builds on what was before it.
    operations: transactions.map(({ id, title, to, data, valueWei, effect }, index): Operation => ({ id, title, to, data, valueWei, isAlone: effect.kind !== "words" && effect.kind !== "staged", isDone: () => bound.isDone(index), staysDone: true })),
    window: WINDOW,
    // A foreign transaction settles ours: whether that is the end is decided before the next one is signed.
    abandonTakenNonces: true,
    errorAbis: prepared.artifacts.map(({ abi }) => new Interface(abi as ConstructorParameters<typeof Interface>[0])),
    ...(receiptLagMs === undefined ? {} : { receiptLagMs }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onCheckpoint === undefined ? {} : { onCheckpoint }),
  });
}
