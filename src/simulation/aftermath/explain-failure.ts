import type { Receipt, Rpc } from "../../chain/rpc.ts";
import type { AddressBook } from "../contract-book.ts";
import { findRevertReason } from "../decode-calls.ts";
import { traceTransaction } from "../trace.ts";

/** Why a transaction on a fork failed, in words. */
export async function explainFailure(rpc: Rpc, receipt: Receipt | undefined, book: AddressBook): Promise<string> {
  if (receipt === undefined) return "the chain does not accept the transaction";
  const { calls } = await traceTransaction(rpc, receipt.transactionHash);
  return findRevertReason(calls, book) ?? "it reverted without a reason";
}
