import { Interface } from "ethers/abi";
import type { Operation, OperationResult, SendProgress } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner, UnsignedTransaction } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import { readSentWithNonce } from "../genesis/genesis-progress.ts";
import type { Address } from "../protocol/hex.ts";
import { readForkEffect } from "./fork-progress.ts";
import type { ForkTransaction } from "./fork-transactions.ts";
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
 * Up to the last deployment every transaction must have the nonce of the plan, because addresses follow from it; after it only
 * effects count.
 * @throws LPCTL_FORK_NONCE_TAKEN, LPCTL_FORK_NODE_BEHIND, and what sendOperations throws
 */
export async function runFork(rpc: Rpc, prepared: PreparedFork, options: RunForkOptions): Promise<OperationResult[]> {
  const { signer, chainId, journalPath, onProgress, receiptLagMs, onCheckpoint } = options;
  const sending = new ForkSending(rpc, prepared);
  return sendOperations({
    rpc,
    chainId,
    signer: sending.guard(signer),
    journalPath,
    operations: sending.operations(),
    window: WINDOW,
    // A foreign transaction settles ours: whether that is the end is decided before the next one is signed.
    abandonTakenNonces: true,
    errorAbis: prepared.artifacts.map(({ abi }) => new Interface(abi as ConstructorParameters<typeof Interface>[0])),
    ...(receiptLagMs === undefined ? {} : { receiptLagMs }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onCheckpoint === undefined ? {} : { onCheckpoint }),
  });
}

class ForkSending {
  readonly #rpc: Rpc;
  readonly #transactions: readonly ForkTransaction[];
  readonly #from: Address;
  readonly #firstNonce: bigint;
  /** From here on nothing is deployed any more. */
  readonly #freeFrom: number;

  constructor(rpc: Rpc, { plan }: PreparedFork) {
    this.#rpc = rpc;
    this.#transactions = plan.transactions;
    this.#from = plan.from;
    this.#firstNonce = plan.firstNonce;
    this.#freeFrom = plan.transactions.findLastIndex(({ to }) => to === null) + 1;
  }

  operations(): Operation[] {
    return this.#transactions.map(({ id, title, to, data, valueWei, effect }, index) => {
      // Words are loaded in any order; all else builds on what was before it.
      const isAlone = effect.kind !== "words";
      return { id, title, to, data, valueWei, isAlone, isDone: () => this.#isDone(index) };
    });
  }

  /** Signs nothing but the plan: the right transaction for a nonce, or one whose nonce does not matter. */
  guard(signer: TransactionSigner): TransactionSigner {
    return {
      address: signer.address,
      signTransaction: async (transaction) => {
        const index = Number(transaction.nonce - this.#firstNonce);
        if (!isSame(this.#transactions[index], transaction)) {
          // The same call may stand among the later ones too, whose nonces do not matter: where one of those was done already, they move up.
          const isFree = this.#transactions.some((planned, at) => at >= this.#freeFrom && isSame(planned, transaction));
          const meant = isFree && transaction.nonce >= this.#nonceOf(this.#freeFrom) ? -1 : this.#transactions.findIndex((planned, at) => at < this.#freeFrom && isSame(planned, transaction));
          if (transaction.nonce < this.#nonceOf(meant === -1 ? this.#freeFrom : meant)) throw this.#nodeBehind(transaction.nonce);
          if (meant !== -1) throw this.#nonceTaken(meant, `Its nonce would be ${transaction.nonce}, and must be ${this.#nonceOf(meant)}.`);
        }
        return signer.signTransaction(transaction);
      },
    };
  }

  async #isDone(index: number): Promise<boolean> {
    const planned = this.#at(index);
    if (index >= this.#freeFrom) return (await readForkEffect(this.#rpc, planned.effect)) === true;
    if ((await this.#rpc.nonce(this.#from, "latest")) <= this.#nonceOf(index)) return false;
    const shown = (await readForkEffect(this.#rpc, planned.effect)) ?? (await readSentWithNonce(this.#rpc, this.#from, this.#nonceOf(index), planned));
    // Where nothing can tell, the next deployment does: its address follows from this nonce too.
    if (shown === false) throw this.#nonceTaken(index, `Nonce ${this.#nonceOf(index)} is used, and the chain does not show what this transaction does.`);
    return true;
  }

  #at(index: number): ForkTransaction {
    const planned = this.#transactions[index];
    if (planned === undefined) throw new RangeError(`the plan has no transaction ${index}`);
    return planned;
  }

  #nonceOf(index: number): bigint {
    return this.#firstNonce + BigInt(index);
  }

  #nodeBehind(nonce: bigint): LpctlError {
    return new LpctlError({
      code: "LPCTL_FORK_NODE_BEHIND",
      exit: Exit.network,
      message: `The RPC at ${this.#rpc.origin} does not know the newest transactions of ${this.#from}`,
      why: `It gives nonce ${nonce}, which a transaction of this fork has already. Nothing was signed.`,
      next: "Run the same command again: it continues where it stopped.",
    });
  }

  #nonceTaken(index: number, why: string): LpctlError {
    const { title, id } = this.#at(index);
    return new LpctlError({
      code: "LPCTL_FORK_NONCE_TAKEN",
      exit: Exit.refused,
      message: `The deployer ${this.#from} used a nonce for something else than this fork: "${title}" cannot be sent any more`,
      why: `${why} The addresses of all contracts after it follow from nonces, and would be others than planned. Nothing was signed.`,
      next: "Begin anew: move the folder of this fork away, then lpctl fork run. Use the deployer for nothing else meanwhile.",
      details: { id, nonce: this.#nonceOf(index), deployer: this.#from },
    });
  }
}

function isSame(planned: ForkTransaction | undefined, { to, data, valueWei }: UnsignedTransaction): boolean {
  return planned !== undefined && planned.to === to && planned.data === data && planned.valueWei === valueWei;
}
