import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { hexSchema } from "../protocol/hex.ts";
import { compareMined, compareReceipt } from "./compare-mined.ts";
import { describeRevert, planGas } from "./fees.ts";
import { pollUntil } from "./poll.ts";
import { formatTag } from "./rpc.ts";
import { nonceTaken, notMined, rejected, revertedOnChain, untrueJournal } from "./sender-errors.ts";
import { compareSigned, signChecked } from "./transaction.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Hex } from "../protocol/hex.ts";
import type { JournalAttempt, OperationState } from "./journal-entries.ts";
import type { Operation, OperationResult, SendingOptions, SendProgress } from "./operation.ts";
import type { Receipt } from "./rpc.ts";

const MINING_DEADLINE_MS = 600_000;
const RECEIPT_LAG_MS = 3_000;
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 2_000;
/** An eighth each: after ten, fees are over three times what they were. */
const MOST_BUMPS = 10;

/** What senders of one plan share. */
export interface SendingContext {
  options: SendingOptions;
  log: AttemptLog;
  /** How many operations the plan has. */
  total: number;
  /** The first nonce that nobody has used or was signed for. */
  nextNonce(): Promise<bigint>;
  /** Has whatever is in flight and unknown to the node sent once more. */
  sendLostAgain(): Promise<void>;
}

/** Brings one operation from whatever state the journal shows to confirmed or skipped. What was skipped is believed: whoever opened the journal has asked about it. */
export class OperationSender {
  readonly #options: SendingOptions;
  readonly #context: SendingContext;
  readonly #operation: Operation;
  readonly #index: number;
  readonly #known: Receipt | undefined;

  /** @param known the receipt of what the journal holds as mined, checked to be in the chain now */
  constructor(context: SendingContext, operation: Operation, index: number, known: Receipt | undefined) {
    this.#options = context.options;
    this.#context = context;
    this.#operation = operation;
    this.#index = index;
    this.#known = known;
  }

  get #state(): OperationState {
    return this.#context.log.stateAt(this.#index);
  }

  /** @returns the result when there is nothing left to do; undefined when its transaction is on its way */
  async start(): Promise<OperationResult | undefined> {
    const { id, isDone } = this.#operation;
    const skipped = { id, outcome: "skipped", hash: null, receipt: null } as const;
    const { status } = this.#state;
    if (status === "skipped") return skipped;
    if (status === "confirmed" && this.#known !== undefined) {
      this.#requireOwnMined(this.#known);
      return { id, outcome: "confirmed", hash: this.#known.transactionHash, receipt: this.#known };
    }
    this.#requireOwnAttempts();
    if (status === "in-flight") await this.#resume();
    if (this.#state.status !== "in-flight") {
      if ((await isDone?.()) === true) {
        // Asked after the predicate: what was seen is in this block or before it.
        this.#context.log.record(this.#index, { kind: "skipped", operation: id, blockNumber: await this.#options.rpc.blockNumber() });
        this.#report("skipped");
        return skipped;
      }
      await this.#sign(await this.#context.nextNonce());
      await this.#broadcast();
    }
    return undefined;
  }

  /** After `start` gave nothing: waits until it is confirmed, and records it. */
  async finish(): Promise<OperationResult> {
    const { id } = this.#operation;
    const receipt = await this.#waitUntilConfirmed();
    const hash = receipt.transactionHash;
    this.#context.log.record(this.#index, { kind: "confirmed", operation: id, hash, status: receipt.status, blockNumber: receipt.blockNumber, blockHash: receipt.blockHash });
    if (receipt.status === "reverted") throw revertedOnChain(this.#operation.title, hash, await this.#findReason(receipt));
    this.#report("confirmed", hash);
    return { id, outcome: "confirmed", hash, receipt };
  }

  /** A journal from elsewhere must not choose fees, nor have foreign bytes sent: attempts are ours, for this operation. */
  #requireOwnAttempts(): void {
    const { to, data, valueWei } = this.#operation;
    for (const { raw, hash, nonce, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } of this.#state.attempts) {
      const wanted = { chainId: this.#options.chainId, nonce, to, data, valueWei, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei };
      const signed = compareSigned(raw, this.#options.signer.address, wanted);
      if (typeof signed === "string") throw this.#untrue(signed);
      if (signed.hash !== hash) throw this.#untrue("Its hash differs.");
    }
  }

  /** Nor must it pass what somebody else sent, or what does something else, for this operation. */
  #requireOwnMined(receipt: Receipt): void {
    const attempt = this.#state.attempts.find(({ hash }) => hash === receipt.transactionHash);
    const { to, data, valueWei } = this.#operation;
    const { chainId, signer } = this.#options;
    const different = attempt === undefined ? "It was not signed here." : (compareMined(attempt, { chainId, to, data, valueWei }) ?? compareReceipt(receipt, signer.address));
    if (different !== undefined) throw this.#untrue(`The transaction ${receipt.transactionHash} is another one. ${different}`);
  }

  #untrue(why: string): LpctlError {
    return untrueJournal(this.#context.log.path, this.#operation.title, why, this.#options.untrueNext);
  }

  async #sign(nonce: bigint, replaces?: JournalAttempt): Promise<void> {
    const { rpc, signer, errorAbis } = this.#options;
    const { id, to, data, valueWei, title } = this.#operation;
    this.#report("signing");
    const gas = await planGas(rpc, signer.address, title, { to, data, valueWei }, { replaces, errorAbis });
    const { raw, hash } = await signChecked(signer, { chainId: this.#options.chainId, nonce, to, data, valueWei, ...gas });
    this.#context.log.record(this.#index, { kind: "attempt", operation: id, nonce, ...gas, hash, raw });
  }

  /** Sends the newest signed bytes. "Known already" and "nonce too low" are answered by looking for our own hashes. */
  async #broadcast(): Promise<void> {
    const attempt = this.#newestAttempt();
    const { rpc, onCheckpoint } = this.#options;
    onCheckpoint?.("send");
    try {
      await rpc.sendRawTransaction(attempt.raw);
    } catch (error) {
      if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR") throw error;
      if (/nonce (is )?too low|nonce has already been used|OldNonce/i.test(error.message)) {
        await this.#assertOurs("Nodes report the nonce as used, and none of our transactions with it is in the chain.");
      } else if (/underpriced/i.test(error.message)) {
        // Too small a step above an earlier one of ours is no harm: that one waits.
        const ours = await Promise.all(this.#state.attempts.map(({ hash }) => this.#isKnown(hash)));
        if (!ours.includes(true)) throw this.#nonceTaken("Another transaction with this nonce waits in the node's pool.");
      } else if (!/already known|already imported|known transaction|AlreadyKnown|ALREADY_EXISTS|in mempool/i.test(error.message)) {
        throw rejected(this.#operation.title, attempt.hash, error);
      }
    }
    onCheckpoint?.("sent");
    this.#report("sent", attempt.hash);
  }

  /** After an interruption: our transaction is found or sent once more. Else the operation waits to be signed anew. */
  async #resume(): Promise<void> {
    if ((await this.#findReceipt()) !== undefined) return;
    try {
      await this.#sendAgain();
    } catch (error) {
      const taken = error instanceof LpctlError && error.code === "LPCTL_SENDER_NONCE_TAKEN";
      const { rpc, signer, abandonTakenNonces } = this.#options;
      const { nonce } = this.#newestAttempt();
      // Only a mined foreign transaction settles it; one that merely waits could still lose against ours.
      if (!taken || abandonTakenNonces !== true || (await rpc.nonce(signer.address, "latest")) <= nonce) throw error;
      this.#context.log.record(this.#index, { kind: "abandoned", operation: this.#operation.id, nonce });
    }
  }

  /** The same bytes once more; when they are too cheap now or refused for good, new fees on the same nonce. */
  async #sendAgain(): Promise<void> {
    const attempt = this.#newestAttempt();
    const { rpc, signer } = this.#options;
    const [used, block] = await Promise.all([rpc.nonce(signer.address, "latest"), rpc.block("latest")]);
    if (used > attempt.nonce) return this.#assertOurs(`The chain has counted ${used} transactions of this account, and ours is not among them.`);
    if (block.baseFeePerGas === undefined || block.baseFeePerGas <= attempt.maxFeePerGasWei) {
      try {
        return await this.#broadcast();
      } catch (error) {
        if (!(error instanceof LpctlError) || error.code !== "LPCTL_SENDER_REJECTED") throw error;
      }
    }
    await this.#sign(attempt.nonce, attempt);
    await this.#broadcast();
  }

  #newestAttempt(): JournalAttempt {
    const attempt = this.#state.attempts.at(-1);
    if (attempt === undefined) throw new Error("nothing was signed");
    return attempt;
  }

  async #findReceipt(): Promise<Receipt | undefined> {
    const receipts = await Promise.all(this.#state.attempts.map(({ hash }) => this.#options.rpc.receipt(hash)));
    return receipts.find((receipt) => receipt !== null) ?? undefined;
  }

  /** The nonce is used: by one of our attempts, or this is the end. A node's receipts may lag a little. */
  async #assertOurs(why: string): Promise<void> {
    try {
      await pollUntil(() => this.#findReceipt(), { deadlineMs: this.#options.receiptLagMs ?? RECEIPT_LAG_MS, intervalMs: 100, what: "our own receipt" });
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_WAIT_DEADLINE") throw this.#nonceTaken(why);
      throw error;
    }
  }

  async #isKnown(hash: Hex): Promise<boolean> {
    return (await this.#options.rpc.request("eth_getTransactionByHash", [hash], z.looseObject({}).nullable())) !== null;
  }

  #nonceTaken(why: string): LpctlError {
    const { attempts } = this.#state;
    const hashes = attempts.map(({ hash }) => hash);
    return nonceTaken(this.#operation.title, this.#options.signer.address, this.#newestAttempt().nonce, hashes, why);
  }

  async #waitUntilConfirmed(): Promise<Receipt> {
    const { rpc, signer, confirmations = 1, miningDeadlineMs = MINING_DEADLINE_MS, bumpAfterMs, signal } = this.#options;
    let round = 0;
    let sentAt = performance.now();
    const look = async (): Promise<Receipt | undefined> => {
      const receipt = await this.#findReceipt();
      if (receipt === undefined) {
        const isBumpDue = bumpAfterMs !== undefined && performance.now() - sentAt >= bumpAfterMs;
        // Now and then: has somebody else used our nonce meanwhile?
        if (++round % 8 !== 0 && !isBumpDue) return undefined;
        const { nonce, hash } = this.#newestAttempt();
        const [used, isKnown] = await Promise.all([rpc.nonce(signer.address, "latest"), this.#isKnown(hash)]);
        if (used < nonce || (used === nonce && !isKnown)) await this.#context.sendLostAgain();
        if (used > nonce) await this.#assertOurs("It was mined while ours was waiting.");
        else if (isBumpDue) {
          // Behind others of this account, more fee would change nothing.
          if (used === nonce && this.#state.attempts.length <= MOST_BUMPS) await this.#bump();
          sentAt = performance.now();
        }
        return undefined;
      }
      if (confirmations <= 1) return receipt;
      const [head, again] = await Promise.all([rpc.blockNumber(), rpc.receipt(receipt.transactionHash)]);
      return again?.blockHash === receipt.blockHash && head - receipt.blockNumber + 1n >= BigInt(confirmations) ? receipt : undefined;
    };
    try {
      return await pollUntil(look, { deadlineMs: miningDeadlineMs, intervalMs: FIRST_POLL_MS, longestIntervalMs: LONGEST_POLL_MS, what: "the receipt", ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_WAIT_DEADLINE") throw notMined(this.#operation.title, this.#newestAttempt().hash, miningDeadlineMs / 1000);
      throw error;
    }
  }

  /** The same nonce with higher fees; whichever of ours is mined counts. */
  async #bump(): Promise<void> {
    const attempt = this.#newestAttempt();
    try {
      await this.#sign(attempt.nonce, attempt);
    } catch (error) {
      // The chain moved: it was mined this moment (then it reverts when tried again), or there is too little ether for more.
      if (error instanceof LpctlError && (error.code === "LPCTL_SENDER_REVERTED" || error.code === "LPCTL_SENDER_NO_FUNDS")) return;
      throw error;
    }
    await this.#broadcast();
  }

  /** Receipts carry no reason: the same call is made again on the state before its block, then on the state after. */
  async #findReason(receipt: Receipt): Promise<string> {
    const attempt = this.#state.attempts.find(({ hash }) => hash === receipt.transactionHash);
    if (attempt !== undefined && receipt.gasUsed >= attempt.gasLimit) return "it ran out of gas";
    const { to, data, valueWei } = this.#operation;
    const call = { from: this.#options.signer.address, ...(to === null ? {} : { to }), data, value: formatTag(valueWei) };
    for (const at of [receipt.blockNumber - 1n, receipt.blockNumber]) {
      try {
        await this.#options.rpc.request("eth_call", [call, formatTag(at)], hexSchema, { isTransaction: true });
      } catch (error) {
        if (!(error instanceof LpctlError)) throw error;
        if (error.code === "LPCTL_CHAIN_CALL_REVERTED") return describeRevert(error, this.#options.errorAbis);
      }
    }
    return "the reason cannot be found any more (the same call succeeds before and after its block)";
  }

  #report(kind: SendProgress["kind"], hash?: Hex): void {
    this.#options.onProgress?.({ kind, operation: this.#operation, index: this.#index, total: this.#context.total, ...(hash === undefined ? {} : { hash }) });
  }
}
