import { Interface } from "ethers/abi";
import { getCreateAddress } from "ethers/address";
import type { Operation, OperationResult, SendProgress } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner, UnsignedTransaction } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { readEffect, readSentWithNonce } from "./genesis-progress.ts";
import { lockGenesis, recordGenesis, type OpenedGenesis } from "./open-genesis.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

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
 * Up to the last deployment every transaction must have the nonce of the plan, because addresses follow from it: another
 * transaction of the deployer in between is noticed before anything more is signed. After it only effects count.
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
  const sending = new GenesisSending(rpc, opened);
  return sendOperations({
    rpc,
    chainId: opened.record.chainId,
    signer: sending.guard(options.signer),
    journalPath: opened.paths.journalOf(opened.record.planHash),
    operations: sending.operations(),
    // A foreign transaction settles ours: whether that is the end is decided before the next one is signed.
    abandonTakenNonces: true,
    errorAbis: opened.prepared.artifacts.map(({ abi }) => new Interface(abi as ConstructorParameters<typeof Interface>[0])),
    ...(options.receiptLagMs === undefined ? {} : { receiptLagMs: options.receiptLagMs }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.onCheckpoint === undefined ? {} : { onCheckpoint: options.onCheckpoint }),
  });
}

class GenesisSending {
  readonly #rpc: Rpc;
  readonly #opened: OpenedGenesis;
  readonly #transactions: readonly PlannedTransaction[];
  readonly #from: Address;
  readonly #firstNonce: bigint;
  /** From here on nothing is deployed any more. */
  readonly #freeFrom: number;

  constructor(rpc: Rpc, opened: OpenedGenesis) {
    const { plan } = opened.prepared;
    this.#rpc = rpc;
    this.#opened = opened;
    this.#transactions = plan.transactions;
    this.#from = plan.from;
    this.#firstNonce = plan.firstNonce;
    this.#freeFrom = plan.transactions.findLastIndex(({ to }) => to === null) + 1;
  }

  operations(): Operation[] {
    return this.#transactions.map((planned, index) => ({ ...planned, isDone: () => this.#isDone(index) }));
  }

  /** Signs nothing but the plan: the right transaction for a nonce, or one whose nonce does not matter. */
  guard(signer: TransactionSigner): TransactionSigner {
    return {
      address: signer.address,
      signTransaction: async (transaction) => {
        const index = Number(transaction.nonce - this.#firstNonce);
        if (!isSame(this.#transactions[index], transaction)) {
          const meant = this.#transactions.findIndex((planned, at) => at < this.#freeFrom && isSame(planned, transaction));
          if (transaction.nonce < this.#nonceOf(meant === -1 ? this.#freeFrom : meant)) throw this.#nodeBehind(transaction.nonce);
          if (meant !== -1) throw this.#nonceTaken(meant, `Its nonce would be ${transaction.nonce}, and must be ${this.#nonceOf(meant)}.`);
        }
        return signer.signTransaction(transaction);
      },
    };
  }

  async #isDone(index: number): Promise<boolean> {
    if (index >= this.#freeFrom) return (await this.#readEffect(index)) === true;
    if ((await this.#rpc.nonce(this.#from, "latest")) <= this.#nonceOf(index)) return false;
    await this.#requireEffect(index);
    return true;
  }

  async #requireEffect(index: number): Promise<void> {
    const planned = this.#transactionAt(index);
    const effect = (await this.#readEffect(index)) ?? (await readSentWithNonce(this.#rpc, this.#from, this.#nonceOf(index), planned));
    // Where nothing can tell, the next deployment does: its address follows from this nonce too.
    if (effect === false) throw this.#nonceTaken(index, `Nonce ${this.#nonceOf(index)} is used, and the chain does not show what this transaction does.`);
  }

  #readEffect(index: number): Promise<boolean | undefined> {
    const planned = this.#transactionAt(index);
    if (planned.to !== null) return readEffect(this.#rpc, this.#opened.prepared, planned, undefined);
    const address = getCreateAddress({ from: this.#from, nonce: this.#nonceOf(index) }) as Address;
    return readEffect(this.#rpc, this.#opened.prepared, planned, { address, codeHash: this.#predictedCodeHash(address) });
  }

  #predictedCodeHash(address: Address): Hex | undefined {
    return this.#opened.prediction.accounts.find((account) => account.address.toLowerCase() === address.toLowerCase())?.codeHash;
  }

  #transactionAt(index: number): PlannedTransaction {
    const planned = this.#transactions[index];
    if (planned === undefined) throw new RangeError(`the plan has no transaction ${index}`);
    return planned;
  }

  #nonceOf(index: number): bigint {
    return this.#firstNonce + BigInt(index);
  }

  #nodeBehind(nonce: bigint): LpctlError {
    return new LpctlError({
      code: "LPCTL_GENESIS_NODE_BEHIND",
      exit: Exit.network,
      message: `The RPC at ${this.#rpc.origin} does not know the newest transactions of ${this.#from}`,
      why: `It gives nonce ${nonce}, which a transaction of this genesis has already. Nothing was signed.`,
      next: "Run the same command again: it continues where it stopped.",
    });
  }

  #nonceTaken(index: number, why: string): LpctlError {
    const { title, id } = this.#transactionAt(index);
    const { paths, record } = this.#opened;
    return new LpctlError({
      code: "LPCTL_GENESIS_NONCE_TAKEN",
      exit: Exit.refused,
      message: `The deployer ${this.#from} used a nonce for something else than this genesis: "${title}" cannot be sent any more`,
      why: `${why} The addresses of all contracts after it follow from nonces, and would be others than planned. Nothing was signed.`,
      next: `Begin anew: move ${paths.folder} away, then lpctl genesis run ${record.file}. What was deployed so far holds no tokens; use the deployer for nothing else meanwhile.`,
      details: { id, nonce: this.#nonceOf(index), deployer: this.#from },
    });
  }
}

function isSame(planned: PlannedTransaction | undefined, { to, data, valueWei }: UnsignedTransaction): boolean {
  return planned !== undefined && planned.to === to && planned.data === data && planned.valueWei === valueWei;
}
