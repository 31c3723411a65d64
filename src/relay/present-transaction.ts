import type { Address, Hex } from "../protocol/hex.ts";
import { encodeSignatures, isOwner } from "../safe/signature.ts";
import type { SignatureKind } from "../safe/signature.ts";
import { decodeData } from "./decode-data.ts";
import { formatTime } from "./fields.ts";
import type { StoredConfirmation, StoredTransaction } from "./store/transaction-store.ts";

/** How the service calls the kinds of signatures. */
export const SIGNATURE_TYPES: Readonly<Record<SignatureKind, string>> = {
  eip712: "EOA",
  "eth-sign": "ETH_SIGN",
  "approved-hash": "APPROVED_HASH",
  contract: "CONTRACT_SIGNATURE",
};

/** The Safe now, as far as a transaction that waits depends on it. */
export interface SafeNow {
  owners: readonly Address[];
  threshold: bigint;
}

/**
 * The confirmations that count: of a transaction that waits, those of who is an owner now; of one that was executed, all.
 * @param safe undefined when the chain does not answer: then all are shown
 */
export function standingConfirmations(stored: StoredTransaction, confirmations: readonly StoredConfirmation[], safe: SafeNow | undefined): StoredConfirmation[] {
  return confirmations.filter(({ owner }) => stored.execution !== undefined || safe === undefined || isOwner(owner, safe.owners));
}

export function presentConfirmation(confirmation: StoredConfirmation): Record<string, unknown> {
  return {
    owner: confirmation.owner,
    submissionDate: formatTime(confirmation.createdMs),
    transactionHash: confirmation.transactionHash,
    signature: encodeSignatures([confirmation]),
    signatureType: SIGNATURE_TYPES[confirmation.kind],
  };
}

/** A transaction as the service shows it. Whatever may exceed 2^53 is a text. */
export function presentTransaction(stored: StoredTransaction, standing: readonly StoredConfirmation[], safe: SafeNow | undefined): Record<string, unknown> {
  const { transaction: tx, execution } = stored;
  return {
    safe: stored.safe,
    to: tx.to,
    value: String(tx.valueWei),
    data: tx.data === "0x" ? null : tx.data,
    operation: tx.operation,
    gasToken: tx.gasToken,
    safeTxGas: String(tx.safeTxGas),
    baseGas: String(tx.baseGas),
    gasPrice: String(tx.gasPriceWei),
    refundReceiver: tx.refundReceiver,
    nonce: String(tx.nonce),
    executionDate: execution === undefined ? null : formatTime(execution.executedMs),
    submissionDate: formatTime(stored.createdMs),
    modified: formatTime(Math.max(stored.modifiedMs, execution?.executedMs ?? 0)),
    blockNumber: execution?.blockNumber ?? null,
    transactionHash: execution?.transactionHash ?? null,
    safeTxHash: stored.safeTxHash,
    proposer: stored.proposer,
    proposedByDelegate: stored.proposedByDelegate,
    executor: execution?.executor ?? null,
    isExecuted: execution !== undefined,
    isSuccessful: execution?.succeeded ?? null,
    ethGasPrice: execution === undefined ? null : String(execution.gasPriceWei),
    maxFeePerGas: null,
    maxPriorityFeePerGas: null,
    gasUsed: execution === undefined ? null : Number(execution.gasUsed),
    fee: execution === undefined ? null : String(execution.gasUsed * execution.gasPriceWei),
    payment: execution === undefined ? null : String(execution.paymentWei),
    origin: formatOrigin(stored.origin),
    dataDecoded: decodeData(tx.data),
    confirmationsRequired: execution === undefined && safe !== undefined ? Number(safe.threshold) : stored.threshold,
    confirmations: standing.map(presentConfirmation),
    trusted: stored.trusted,
    signatures: formatSignatures(standing),
  };
}

/** One owner's signature and approval are one: the store gives each owner once. */
function formatSignatures(confirmations: readonly StoredConfirmation[]): Hex | null {
  return confirmations.length === 0 ? null : encodeSignatures(confirmations);
}

/** `origin` is a text that holds JSON: that of an app as it came, and anything else as its name. */
function formatOrigin(origin: string): string {
  if (origin === "") return "{}";
  try {
    const parsed: unknown = JSON.parse(origin);
    if (typeof parsed === "object" && parsed !== null) return origin;
  } catch {
    // A plain text.
  }
  return JSON.stringify({ name: origin });
}
