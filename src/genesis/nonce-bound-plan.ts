import type { Rpc } from "../chain/rpc.ts";
import type { TransactionSigner, UnsignedTransaction } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { readSentWithNonce } from "./genesis-progress.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

/** A plan that deploys contracts, so that addresses follow from nonces, and how the chain shows what is done of it. */
export interface BoundPlan<T extends PlannedTransaction> {
  /** As it is called in codes and in words. */
  kind: "genesis" | "fork";
  transactions: readonly T[];
  from: Address;
  firstNonce: bigint;
  /** Undefined where the chain cannot tell. */
  readEffect: (planned: T, index: number) => Promise<boolean | undefined>;
  /** What to type when the plan can no longer be carried out. */
  beginAnew: string;
}

/**
 * Keeps to the nonces of a plan. Up to its last deployment every transaction must have the nonce that it was planned with: another
 * transaction of the account in between is noticed before anything more is signed. After it only effects count.
 */
export class NonceBoundPlan<T extends PlannedTransaction> {
  readonly #rpc: Rpc;
  readonly #plan: BoundPlan<T>;
  /** From here on nothing is deployed any more. */
  readonly #freeFrom: number;

  constructor(rpc: Rpc, plan: BoundPlan<T>) {
    this.#rpc = rpc;
    this.#plan = plan;
    this.#freeFrom = plan.transactions.findLastIndex(({ to }) => to === null) + 1;
  }

  /** Signs nothing but the plan: the right transaction for a nonce, or one whose nonce does not matter. @throws LPCTL_<KIND>_NONCE_TAKEN, LPCTL_<KIND>_NODE_BEHIND */
  guard(signer: TransactionSigner): TransactionSigner {
    const { transactions, firstNonce } = this.#plan;
    return {
      address: signer.address,
      signTransaction: async (transaction) => {
        const { nonce } = transaction;
        if (!isSame(transactions[Number(nonce - firstNonce)], transaction)) {
          // The same call may stand among the later ones too, whose nonces do not matter: where one of those was done already, they move up.
          const isFree = nonce >= this.#nonceOf(this.#freeFrom) && transactions.some((planned, at) => at >= this.#freeFrom && isSame(planned, transaction));
          const meant = isFree ? -1 : transactions.findIndex((planned, at) => at < this.#freeFrom && isSame(planned, transaction));
          if (nonce < this.#nonceOf(meant === -1 ? this.#freeFrom : meant)) throw this.#nodeBehind(nonce);
          if (meant !== -1) throw this.#nonceTaken(meant, `Its nonce would be ${nonce}, and must be ${this.#nonceOf(meant)}.`);
        }
        return signer.signTransaction(transaction);
      },
    };
  }

  /** @throws LPCTL_<KIND>_NONCE_TAKEN where its nonce was used for something else */
  async isDone(index: number): Promise<boolean> {
    const { from, readEffect } = this.#plan;
    const planned = this.#at(index);
    if (index >= this.#freeFrom) return (await readEffect(planned, index)) === true;
    if ((await this.#rpc.nonce(from, "latest")) <= this.#nonceOf(index)) return false;
    const shown = (await readEffect(planned, index)) ?? (await readSentWithNonce(this.#rpc, from, this.#nonceOf(index), planned));
    // Where nothing can tell, the next deployment does: its address follows from this nonce too.
    if (shown === false) throw this.#nonceTaken(index, `Nonce ${this.#nonceOf(index)} is used, and the chain does not show what this transaction does.`);
    return true;
  }

  #at(index: number): T {
    const planned = this.#plan.transactions[index];
    if (planned === undefined) throw new RangeError(`the plan has no transaction ${index}`);
    return planned;
  }

  #nonceOf(index: number): bigint {
    return this.#plan.firstNonce + BigInt(index);
  }

  #nodeBehind(nonce: bigint): LpctlError {
    const { kind, from } = this.#plan;
    return new LpctlError({
      code: kind === "genesis" ? "LPCTL_GENESIS_NODE_BEHIND" : "LPCTL_FORK_NODE_BEHIND",
      exit: Exit.network,
      message: `The RPC at ${this.#rpc.origin} does not know the newest transactions of ${from}`,
      why: `It gives nonce ${nonce}, which a transaction of this ${kind} has already. Nothing was signed.`,
      next: "Run the same command again: it continues where it stopped.",
    });
  }

  #nonceTaken(index: number, why: string): LpctlError {
    const { kind, from, beginAnew } = this.#plan;
    const { title, id } = this.#at(index);
    return new LpctlError({
      code: kind === "genesis" ? "LPCTL_GENESIS_NONCE_TAKEN" : "LPCTL_FORK_NONCE_TAKEN",
      exit: Exit.refused,
      message: `The deployer ${from} used a nonce for something else than this ${kind}: "${title}" cannot be sent any more`,
      why: `${why} The addresses of all contracts after it follow from nonces, and would be others than planned. Nothing was signed.`,
      next: beginAnew,
      details: { id, nonce: this.#nonceOf(index), deployer: from },
    });
  }
}

function isSame(planned: PlannedTransaction | undefined, { to, data, valueWei }: UnsignedTransaction): boolean {
  return planned !== undefined && planned.to === to && planned.data === data && planned.valueWei === valueWei;
}
