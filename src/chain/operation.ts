import type { Interface } from "ethers/abi";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Receipt, Rpc } from "./rpc.ts";
import type { TransactionSigner } from "./transaction.ts";

/** One transaction to send. `to: null` deploys `data`. */
export interface Operation {
  /** Unique and stable within the plan. */
  id: string;
  to: Address | null;
  data: Hex;
  valueWei: bigint;
  title: string;
  /** Read from the chain: is the effect there already? Then nothing is signed, and the operation is skipped. */
  isDone?: () => Promise<boolean>;
  /**
   * What `isDone` asks for stays there at least until the plan is complete: where the journal says that it was skipped, it is asked
   * once more before anything else is sent.
   */
  staysDone?: boolean;
  /** Nothing else may be in flight while it is: everything before is mined first, and it before everything after. */
  isAlone?: boolean;
}

export type OperationResult =
  | { id: string; outcome: "confirmed"; hash: Hex; receipt: Receipt }
  | { id: string; outcome: "skipped"; hash: null; receipt: null };

export interface SendProgress {
  kind: "skipped" | "signing" | "sent" | "confirmed";
  operation: Operation;
  /** Position in the plan, from 0. */
  index: number;
  total: number;
  hash?: Hex;
}

/** Errors that contracts may revert with, or what finds them out: it is asked only when something reverts. */
export type ErrorAbis = readonly Interface[] | (() => Promise<readonly Interface[]>);

/** How operations are sent, whatever they are. */
export interface SendingOptions {
  rpc: Rpc;
  /** The chain that is meant. What is signed here is signed for no other, whatever the RPC says it is. */
  chainId: bigint;
  signer: TransactionSigner;
  /**
   * How many transactions may be in flight at once, in the order of the plan by their nonces; 1 unless said: each is confirmed
   * before the next is signed. Nodes keep at least 16 of an account. With more than one, an operation must not need the outcome
   * of those before it, or be alone (`isAlone`).
   */
  window?: number;
  /** After how long without being mined a transaction is signed anew with higher fees; never unless said. */
  bumpAfterMs?: number;
  /** Blocks including the one it was mined in; 1 unless said. */
  confirmations?: number;
  /** For each transaction; 10 minutes unless said. */
  miningDeadlineMs?: number;
  /** How long a node that reports our nonce as used may take to show our receipt; 3 seconds unless said. */
  receiptLagMs?: number;
  /**
   * What to do when a foreign transaction used the nonce of one that we signed. `false` (the default) stops. `true`
   * gives ours up and signs anew: for an operator who looked at the foreign transaction and wants to go on.
   */
  abandonTakenNonces?: boolean;
  /** What to type when the journal says what is not so. */
  untrueNext?: string;
  /** For decoding custom errors. */
  errorAbis?: ErrorAbis;
  onProgress?: (progress: SendProgress) => void;
  /** Called at every write and send boundary: `plan:write`, `plan:written`, `attempt:written`, `send`, `sent`… For crash tests. */
  onCheckpoint?: (name: string) => void;
  signal?: AbortSignal;
}

export interface SendOptions extends SendingOptions {
  /** Created when absent; a command that was interrupted passes the same path again. */
  journalPath: string;
  operations: readonly Operation[];
}
