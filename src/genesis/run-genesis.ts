import { Interface } from "ethers/abi";
import { getCreateAddress } from "ethers/address";
import type { Operation, OperationResult, SendProgress } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { readEffect } from "./genesis-progress.ts";
import { NonceBoundPlan } from "./nonce-bound-plan.ts";
import { lockGenesis, recordGenesis, type OpenedGenesis } from "./open-genesis.ts";

export interface RunOptions {
  signer: TransactionSigner;
  onProgress?: ((progress: SendProgress) => void) | undefined;
  /** How long a node that reports a nonce as used may take to show our receipt; as sendOperations has it unless said. */
  receiptLagMs?: number | undefined;
  /** For crash tests. */
  onCheckpoint?: ((name: string) => void) | undefined;
}

/**
 * Records a genesis, and sends what the chain does not have of it yet, in order, through the journal. Exactly once, wherever an earlier run
 * was killed: the journal knows what was signed, and where it is lost the chain shows what is done.
 *
 * Addresses follow from nonces: see `NonceBoundPlan`.
 * @throws LPCTL_GENESIS_NONCE_TAKEN, LPCTL_GENESIS_NODE_BEHIND, and what lockGenesis and sendOperations throw
 */
export async function runGenesis(rpc: Rpc, opened: OpenedGenesis, options: RunOptions): Promise<OperationResult[]> {
  const unlock = await lockGenesis(rpc, opened);
  try {
    await recordGenesis(opened);
    return await send(rpc, opened, options);
  } finally {
    unlock();
  }
}

async function send(rpc: Rpc, opened: OpenedGenesis, options: RunOptions): Promise<OperationResult[]> {
  const { prepared, prediction, record, paths } = opened;
  const { transactions, from, firstNonce } = prepared.plan;
  const addressOf = (index: number): Address => getCreateAddress({ from, nonce: firstNonce + BigInt(index) }) as Address;
  const codeHashOf = (address: Address): Hex | undefined => prediction.accounts.find((account) => account.address.toLowerCase() === address.toLowerCase())?.codeHash;
  const bound = new NonceBoundPlan(rpc, {
    kind: "genesis",
    transactions,
    from,
    firstNonce,
    readEffect: (planned, index) => readEffect(rpc, prepared, planned, planned.to === null ? { address: addressOf(index), codeHash: codeHashOf(addressOf(index)) } : undefined),
    beginAnew: `Begin anew: move ${paths.folder} away, then lpctl genesis run ${record.file}. What was deployed so far holds no tokens; use the deployer for nothing else meanwhile.`,
  });
  return sendOperations({
    rpc,
    chainId: record.chainId,
    signer: bound.guard(options.signer),
    journalPath: paths.journalOf(record.planHash),
    operations: transactions.map((planned, index): Operation => ({ ...planned, isDone: () => bound.isDone(index), staysDone: true })),
    // A foreign transaction settles ours: whether that is the end is decided before the next one is signed.
    abandonTakenNonces: true,
    errorAbis: prepared.artifacts.map(({ abi }) => new Interface(abi as ConstructorParameters<typeof Interface>[0])),
    ...(options.receiptLagMs === undefined ? {} : { receiptLagMs: options.receiptLagMs }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.onCheckpoint === undefined ? {} : { onCheckpoint: options.onCheckpoint }),
  });
}
