import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { OperationSender, type SendingContext } from "./operation-sender.ts";
import { recheckMined } from "./recheck-mined.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Operation, OperationResult, SendingOptions } from "./operation.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Receipt } from "./rpc.ts";

/**
 * Keeps up to `window` transactions in flight, in the order in which they were pushed: each has the next nonce, so the oldest
 * is always the first to be mined, and is the one that is waited for.
 */
export class SendingWindow {
  readonly #options: SendingOptions;
  readonly #context: SendingContext;
  readonly #size: number;
  readonly #onResult: (result: OperationResult, index: number) => Promise<void> | void;
  readonly #flight: { sender: OperationSender; index: number; isAlone: boolean }[] = [];
  /** Beyond what was confirmed here: the next answer may come from a node that has not seen it. */
  #floor = 0n;

  /** @param onResult called in the order of the plan, once an operation is confirmed or skipped */
  constructor(options: SendingOptions, log: AttemptLog, total: number, onResult: (result: OperationResult, index: number) => Promise<void> | void) {
    this.#options = options;
    this.#size = Math.max(1, options.window ?? 1);
    this.#onResult = onResult;
    this.#context = { options, log, total, nextNonce: () => this.#nextNonce(), sendLostAgain: () => this.#sendLostAgain() };
  }

  /**
   * Starts an operation, and returns when there is room for the next one.
   * @param receipts of what the journal holds as mined
   * @throws what `sendOperations` throws
   */
  async push(operation: Operation, index: number, receipts: ReadonlyMap<Hex, Receipt>): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const isAlone = operation.isAlone === true;
    if (isAlone || this.#flight[0]?.isAlone === true) await this.drain();
    const mined = this.#context.log.stateAt(index).mined;
    const sender = new OperationSender(this.#context, operation, index, mined === undefined ? undefined : receipts.get(mined.hash));
    const result = await this.#start(sender);
    if (result === undefined) this.#flight.push({ sender, index, isAlone });
    else {
      await this.drain();
      await this.#onResult(result, index);
    }
    while (this.#flight.length >= this.#size || this.#flight[0]?.isAlone === true) await this.#finishOldest();
  }

  /** Waits for everything in flight. */
  async drain(): Promise<void> {
    while (this.#flight.length > 0) await this.#finishOldest();
  }

  /** What would revert now may need what is still in flight; it is asked again when nothing is. */
  async #start(sender: OperationSender): Promise<OperationResult | undefined> {
    try {
      return await sender.start();
    } catch (error) {
      if (this.#flight.length === 0 || !(error instanceof LpctlError) || error.code !== "LPCTL_SENDER_REVERTED") throw error;
      await this.drain();
      return sender.start();
    }
  }

  async #finishOldest(): Promise<void> {
    const oldest = this.#flight[0];
    if (oldest === undefined) return;
    const { index } = oldest;
    const { attempts } = this.#context.log.stateAt(index);
    const result = await oldest.sender.finish();
    const nonce = attempts.at(-1)?.nonce;
    if (nonce !== undefined && nonce >= this.#floor) this.#floor = nonce + 1n;
    this.#flight.shift();
    await this.#onResult(result, index);
  }

  /**
   * What nodes have forgotten, or a reorganisation took out of the chain and no node put back, is sent once more, the same bytes:
   * nothing behind it can be mined before.
   */
  async #sendLostAgain(): Promise<void> {
    const { rpc } = this.#options;
    await recheckMined(rpc, this.#context.log);
    for (const { raw, hash } of this.#context.log.inFlight()) {
      if ((await rpc.request("eth_getTransactionByHash", [hash], z.looseObject({}).nullable())) !== null) continue;
      await rpc.sendRawTransaction(raw).catch((error: unknown) => {
        // Why a node does not want it is found out when its turn comes.
        if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR") throw error;
      });
    }
  }

  async #nextNonce(): Promise<bigint> {
    const { rpc, signer } = this.#options;
    const pending = await rpc.nonce(signer.address, "pending");
    if (this.#size === 1) return pending;
    const highest = this.#context.log.inFlight().at(-1)?.nonce;
    return [highest === undefined ? 0n : highest + 1n, this.#floor].reduce((most, nonce) => (nonce > most ? nonce : most), pending);
  }
}
