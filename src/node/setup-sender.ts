import { Interface, getCreateAddress } from "ethers";
import { Exit, LpctlError } from "../errors.ts";
import { receiptSchema } from "../chain/rpc-schemas.ts";
import { formatTag, type Receipt, type Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";

interface SetupTransaction {
  title: string;
  to: Address | null;
  data: Hex;
  valueWei: bigint;
}

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
  readonly #from: Address;
  #nonce: bigint;
  #queue: SetupTransaction[] = [];

  private constructor(rpc: Rpc, from: Address, nonce: bigint) {
    this.#rpc = rpc;
    this.#from = from;
    this.#nonce = nonce;
  }

  static async from(rpc: Rpc, from: Address): Promise<SetupSender> {
    return new SetupSender(rpc, from, await rpc.nonce(from));
  }

  /** Queues a deployment and gives the address it will have. */
  deploy(artifact: Artifact, args: unknown[] = []): Address {
    const nonce = this.#nonce + BigInt(this.#queue.length);
    this.#queue.push({
      title: `deploy ${artifact.name}`,
      to: null,
      data: encodeDeployment(artifact, args),
      valueWei: 0n,
    });
    return getCreateAddress({ from: this.#from, nonce }) as Address;
  }

  /** Queues a call by its human-readable signature: `function unpause()`. */
  call(to: Address, signature: string, args: unknown[] = [], valueWei = 0n): void {
    const contract = new Interface([signature]);
    const fragment = contract.fragments[0];
    if (fragment === undefined) throw new TypeError(`no function in "${signature}"`);
    const name = fragment.format("sighash");
    this.#queue.push({ title: name, to, data: contract.encodeFunctionData(name, args) as Hex, valueWei });
  }

  /** Sends what is queued, one block each. @throws LPCTL_NODE_SETUP_FAILED naming the transaction and the reason */
  async flush(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    for (const transaction of batch) {
      const receipt = await sendUnlocked(this.#rpc, this.#from, this.#nonce, transaction);
      this.#nonce += 1n;
      if (receipt.status === "reverted") throw await this.#failure(transaction);
    }
  }

  async #failure(transaction: SetupTransaction): Promise<LpctlError> {
    const why =
      transaction.to === null
        ? "the constructor reverts"
        : await this.#rpc
            .call({ from: this.#from, to: transaction.to, data: transaction.data, valueWei: transaction.valueWei })
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
