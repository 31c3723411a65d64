import { Interface, getCreateAddress } from "ethers";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";

/** One transaction of a plan. */
export interface PlannedTransaction {
  /** Unique within the plan, and the same whenever the plan is made again. */
  id: string;
  /** What it does, in a few words: `deploy Controller`, `unpause()`. */
  title: string;
  /** Null for a deployment. */
  to: Address | null;
  data: Hex;
  valueWei: bigint;
}

/**
 * A queue of transactions of one account, in the order in which they must be mined. The addresses of the contracts that it
 * deploys are known in advance (CREATE: sender and nonce), so later calls name contracts that do not exist yet. Pure:
 * whoever sends it must send all of it, in order, from `firstNonce` on.
 */
export class TransactionPlan {
  readonly from: Address;
  readonly firstNonce: bigint;
  readonly #transactions: PlannedTransaction[] = [];
  readonly #ids = new Set<string>();

  constructor(from: Address, firstNonce: bigint) {
    this.from = from;
    this.firstNonce = firstNonce;
  }

  get transactions(): readonly PlannedTransaction[] {
    return this.#transactions;
  }

  /** The nonce that the next transaction will have. */
  get nextNonce(): bigint {
    return this.firstNonce + BigInt(this.#transactions.length);
  }

  /**
   * Adds a deployment and gives the address it will have.
   * @param libraries address of each library the code links, by `Name` or `source:Name`
   * @throws what `encodeDeployment` throws
   */
  deploy(id: string, artifact: Artifact, args: readonly unknown[] = [], libraries: Readonly<Record<string, Address>> = {}): Address {
    const address = getCreateAddress({ from: this.from, nonce: this.nextNonce }) as Address;
    this.#add({ id, title: `deploy ${artifact.name}`, to: null, data: encodeDeployment(artifact, args, libraries), valueWei: 0n });
    return address;
  }

  /** Adds a call by its human-readable signature: `function unpause()`. */
  call(id: string, to: Address, signature: string, args: readonly unknown[] = [], valueWei = 0n): void {
    const contract = new Interface([signature]);
    const fragment = contract.fragments[0];
    if (fragment === undefined) throw new TypeError(`no function in "${signature}"`);
    const title = fragment.format("sighash");
    this.#add({ id, title, to, data: contract.encodeFunctionData(title, [...args]) as Hex, valueWei });
  }

  #add(transaction: PlannedTransaction): void {
    if (this.#ids.has(transaction.id)) throw new Error(`two transactions of the plan are called ${transaction.id}`);
    this.#ids.add(transaction.id);
    this.#transactions.push(transaction);
  }
}
