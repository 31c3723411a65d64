import { Interface, getCreateAddress } from "ethers";
import { Exit, LpctlError } from "../errors.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { hash32Schema } from "../protocol/hex.ts";
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

/**
 * Sets up a local chain from an account that the node has unlocked: everything queued goes out in one batch, with
 * addresses known in advance. Only for chains made a moment ago; protocols with money in them are changed through
 * proposals, signed transactions and the journal.
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

  /** Sends what is queued and waits for it. @throws LPCTL_NODE_SETUP_FAILED naming the transaction and the reason */
  async flush(): Promise<void> {
    const batch = this.#queue;
    const first = this.#nonce;
    this.#queue = [];
    this.#nonce += BigInt(batch.length);
    const hashes = await Promise.all(
      batch.map((transaction, index) =>
        this.#rpc.request(
          "eth_sendTransaction",
          [
            {
              from: this.#from,
              ...(transaction.to === null ? {} : { to: transaction.to }),
              data: transaction.data,
              value: `0x${transaction.valueWei.toString(16)}`,
              gas: `0x${GAS_LIMIT.toString(16)}`,
              nonce: `0x${(first + BigInt(index)).toString(16)}`,
            },
          ],
          hash32Schema,
        ),
      ),
    );
    const { pollUntil } = await import("../chain/poll.ts");
    const receipts = await pollUntil(
      async () => {
        const found = await Promise.all(hashes.map((hash) => this.#rpc.receipt(hash)));
        return found.every((receipt) => receipt !== null) ? found : undefined;
      },
      { deadlineMs: 30_000, intervalMs: 10, what: "the set-up of the local chain" },
    );
    const failed = receipts.findIndex((receipt) => receipt.status === "reverted");
    const transaction = batch[failed];
    if (transaction !== undefined) throw await this.#failure(transaction);
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
