import { getCreateAddress } from "ethers/address";
import { Interface } from "ethers/abi";
import type { PlannedTransaction } from "../genesis/transaction-plan.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { LoadBatch } from "./load-batches.ts";

/** What the chain shows when a transaction of a fork is done. */
export type ForkEffect =
  /** A contract; its address follows from the nonce. */
  | { kind: "deployed"; address: Address }
  /** Part of deploying the suite, and overwritten later: only its nonce tells. */
  | { kind: "suite" }
  | { kind: "owner"; of: Address; oneOf: readonly Address[] }
  | { kind: "staged"; governor: Address; updateHash: Hex; executed: ForkEffect }
  | { kind: "words"; contract: Address; slots: Uint8Array; values: Uint8Array }
  /** Registered now, or not needed any more because all of `after` is done. */
  | { kind: "registered"; controller: Address; id: Hex; address: Address; orAll: readonly ForkEffect[] }
  | { kind: "burned"; loader: Address }
  /** A piece of the tail is kept as code. */
  | { kind: "chunk"; of: Address; index: number; codeHash: Hex }
  | { kind: "sealed"; of: Address }
  /** The fees that accounts can claim were paid in: they are there, or the tree is staged, which comes after that. */
  | { kind: "claimsFunded"; of: Address; atLeastWei: bigint; root: Hex }
  /** The tree of what accounts can claim is up for review, or open. */
  | { kind: "claimsStaged"; of: Address; root: Hex }
  | { kind: "balance"; of: Address; atLeastWei: bigint }
  | { kind: "unpaused"; controller: Address };

export interface ForkTransaction extends PlannedTransaction {
  effect: ForkEffect;
  /** What it is expected to use; undefined for the suite, which is simulated. */
  gas: bigint | undefined;
  load?: LoadBatch | undefined;
}

/** The transactions of a fork, in the order in which they must be mined. */
export class ForkTransactions {
  readonly from: Address;
  readonly firstNonce: bigint;
  readonly #transactions: ForkTransaction[] = [];

  constructor(from: Address, firstNonce: bigint) {
    this.from = from;
    this.firstNonce = firstNonce;
  }

  get transactions(): readonly ForkTransaction[] {
    return this.#transactions;
  }

  /** A transaction of the suite's own plan. */
  addPlanned(planned: PlannedTransaction): void {
    const effect: ForkEffect = planned.to === null ? { kind: "deployed", address: this.#nextAddress() } : { kind: "suite" };
    this.#transactions.push({ ...planned, effect, gas: undefined });
  }

  /** Gives the address the contract will have. */
  deploy(id: string, title: string, data: Hex, gas: bigint): Address {
    const address = this.#nextAddress();
    this.#transactions.push({ id, title, to: null, data, valueWei: 0n, effect: { kind: "deployed", address }, gas });
    return address;
  }

  /** A call whose data is at hand. */
  send(id: string, title: string, to: Address, data: Hex, effect: ForkEffect, options: { gas: bigint; valueWei?: bigint; load?: LoadBatch | undefined }): void {
    const { gas, valueWei = 0n, load } = options;
    this.#transactions.push({ id, title, to, data, valueWei, effect, gas, ...(load === undefined ? {} : { load }) });
  }

  /** A call by its human-readable signature: `function unpause()`. */
  call(id: string, to: Address, signature: string, args: readonly unknown[], effect: ForkEffect, options: { gas: bigint; valueWei?: bigint }): void {
    const contract = new Interface([signature]);
    const title = contract.fragments[0]?.format("sighash") ?? "";
    this.send(id, title, to, contract.encodeFunctionData(title, [...args]) as Hex, effect, options);
  }

  #nextAddress(): Address {
    return getCreateAddress({ from: this.from, nonce: this.firstNonce + BigInt(this.#transactions.length) }) as Address;
  }
}
