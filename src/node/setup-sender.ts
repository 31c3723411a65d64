import { Exit, LpctlError } from "../errors.ts";
import { receiptSchema } from "../chain/rpc-schemas.ts";
import { formatTag, type Receipt, type Rpc } from "../chain/rpc.ts";
import { TransactionPlan, type PlannedTransaction } from "../genesis/transaction-plan.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import type { Artifact } from "../solidity/artifact.ts";

/** Below the cap on one transaction (EIP-7825) and enough for the largest contract of the suite. */
const GAS_LIMIT = 15_000_000n;

/** Sends one transaction from an account that a local node has unlocked, and gives its receipt. */
export async function sendUnlocked(
  rpc: Rpc,
  from: Address,
  nonce: bigint,
  transaction: { to: Address | null; data: Hex; valueWei: bigint },
): Promise<Receipt> {
  return rpc.request(
    "eth_sendTransactionSync",
    [
      {
        from,
        ...(transaction.to === null ? {} : { to: transaction.to }),
        data: transaction.data,
        value: formatTag(transaction.valueWei),
        gas: formatTag(GAS_LIMIT),
        nonce: formatTag(nonce),
      },
    ],
    receiptSchema,
  );
}

/**
 * Sets up a local chain from an account that the node has unlocked. Calls are queued with the addresses of the contracts
 * that the queue deploys, which are known in advance. Only for chains made a moment ago; protocols with money in them
 * are changed through proposals, signed transactions and the journal.
 */
export class SetupSender {
  readonly #rpc: Rpc;
  #plan: TransactionPlan;

  private constructor(rpc: Rpc, plan: TransactionPlan) {
    this.#rpc = rpc;
    this.#plan = plan;
  }

  static async from(rpc: Rpc, from: Address): Promise<SetupSender> {
    return new SetupSender(rpc, new TransactionPlan(from, await rpc.nonce(from)));
  }

  /** What is queued and not sent yet; whatever is added to it is sent, too. */
  get plan(): TransactionPlan {
    return this.#plan;
  }

  /** Queues a deployment and gives the address it will have. */
  deploy(artifact: Artifact, args: readonly unknown[] = []): Address {
    return this.#plan.deploy(this.#nextId(), artifact, args);
  }

  /** Queues a call by its human-readable signature: `function unpause()`. */
  call(to: Address, signature: string, args: readonly unknown[] = [], valueWei = 0n): void {
    this.#plan.call(this.#nextId(), to, signature, args, valueWei);
  }

  /** Sends what is queued, one block each. @throws LPCTL_NODE_SETUP_FAILED naming the transaction and the reason */
  async flush(): Promise<void> {
    const { from, transactions, firstNonce, nextNonce } = this.#plan;
    this.#plan = new TransactionPlan(from, nextNonce);
    for (const [index, transaction] of transactions.entries()) {
      const receipt = await sendUnlocked(this.#rpc, from, firstNonce + BigInt(index), transaction);
      if (receipt.status === "reverted") throw await this.#failure(transaction);
    }
  }

  #nextId(): string {
    return `queued:${this.#plan.nextNonce}`;
  }

  async #failure(transaction: PlannedTransaction): Promise<LpctlError> {
    const why =
      transaction.to === null
        ? "the constructor reverts"
        : await this.#rpc
            .call({ from: this.#plan.from, to: transaction.to, data: transaction.data, valueWei: transaction.valueWei })
            .then(() => "it ran out of gas")
            .catch((error: unknown) =>
              error instanceof LpctlError && typeof error.details?.["data"] === "string"
                ? decodeRevert(error.details["data"] as Hex)
                : String(error),
            );
    return new LpctlError({
      code: "LPCTL_NODE_SETUP_FAILED",
      exit: Exit.failed,
      message: `Setting up the local chain failed at: ${transaction.title}`,
      why,
      next: "lpctl node stop, then lpctl node start",
    });
  }
}
