import { Interface } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import type { Receipt } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { requireOwnerSignature } from "./diagnose-signature.ts";
import { requirePlainTransaction } from "./require-plain.ts";
import { approvedHashSignature, encodeSignatures, selectSignatures } from "./signature.ts";
import type { SafeSignature } from "./signature.ts";
import type { SafeTransaction } from "./transaction.ts";

const SAFE_ABI = new Interface([
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool)",
  "function approveHash(bytes32 hashToApprove)",
]);

/** keccak-256 of `ExecutionSuccess(bytes32,uint256)` and `ExecutionFailure(bytes32,uint256)`. The hash is indexed from 1.4.1 on. */
export const EXECUTION_SUCCESS: Hex = "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e";
export const EXECUTION_FAILURE: Hex = "0x23428b18acfb3ea64b08dc0c1d296ea9c09702c09083ca5272e64d115b687d23";

/** Calldata of `execTransaction` with a `signatures` argument as given. */
export function encodeExecTransaction(tx: SafeTransaction, signatures: Hex): Hex {
  return SAFE_ABI.encodeFunctionData("execTransaction", [
    tx.to,
    tx.valueWei,
    tx.data,
    tx.operation,
    tx.safeTxGas,
    tx.baseGas,
    tx.gasPriceWei,
    tx.gasToken,
    tx.refundReceiver,
    signatures,
  ]) as Hex;
}

/** Calldata of `approveHash`: an owner's consent on chain in place of a signature. */
export function encodeApproveHash(safeTxHash: Hex): Hex {
  return SAFE_ABI.encodeFunctionData("approveHash", [safeTxHash]) as Hex;
}

/** Where a Safe of any version keeps that an owner approved a hash: `approvedHashes[owner][hash]`, the mapping at slot 8. */
export function approvedHashSlot(owner: Address, hash: Hex): Hex {
  const ofOwner = keccak256(`0x${owner.slice(2).padStart(64, "0")}${"8".padStart(64, "0")}`);
  return keccak256(`${hash}${ofOwner.slice(2)}`) as Hex;
}

/** The `signatures` argument for owners who have approved the hash on chain (one of them may be the sender). */
export function prevalidatedSignatures(owners: readonly Address[]): Hex {
  return encodeSignatures(owners.map(approvedHashSignature));
}

export interface ExecutableTransaction {
  chainId: bigint;
  safe: Address;
  transaction: SafeTransaction;
  signatures: readonly SafeSignature[];
}

/**
 * The transaction that executes a signed Safe transaction; anyone may send it. Every ECDSA signature is recovered
 * again and must be of its owner; those of former owners are left out; exactly `threshold` go in, ascending.
 * @throws LPCTL_SAFE_SIGNATURES_MISSING (exit 5), LPCTL_SAFE_SIGNATURE_FOREIGN, LPCTL_SAFE_GAS_REFUND, LPCTL_SAFE_DELEGATECALL
 */
export function buildExecTransaction(signed: ExecutableTransaction, owners: readonly Address[], threshold: bigint): { to: Address; valueWei: bigint; data: Hex } {
  requirePlainTransaction(signed.transaction);
  const chosen = selectSignatures(signed.signatures, owners, threshold);
  for (const signature of chosen) {
    if (signature.kind === "contract" || signature.kind === "approved-hash") continue;
    requireOwnerSignature(signature.data, { chainId: signed.chainId, safe: signed.safe, tx: signed.transaction, owners, claimedOwner: signature.owner });
  }
  return { to: signed.safe, valueWei: 0n, data: encodeExecTransaction(signed.transaction, encodeSignatures(chosen)) };
}

/**
 * Finds our transaction in a receipt: the Safe's own event with our hash, since a receipt of status 1 may
 * also hold a failed execution.
 * @throws LPCTL_SAFE_EXECUTION_FAILED (exit 4) for ExecutionFailure or a revert, LPCTL_SAFE_NOT_EXECUTED (exit 7) when
 * the receipt has no event of this hash.
 */
export function requireExecuted(receipt: Receipt, safe: Address, safeTxHash: Hex): void {
  const outcome = readOutcome(receipt, safe, safeTxHash);
  if (outcome === "success") return;
  const details = { transactionHash: receipt.transactionHash, safe, safeTxHash };
  if (outcome === undefined && receipt.status === "success") {
    throw new LpctlError({
      code: "LPCTL_SAFE_NOT_EXECUTED",
      exit: Exit.different,
      message: `Transaction ${receipt.transactionHash} did not execute the Safe transaction ${safeTxHash}.`,
      why: `The Safe ${safe} reports no execution of that hash in it.`,
      next: "lpctl safe show",
      details,
    });
  }
  throw new LpctlError({
    code: "LPCTL_SAFE_EXECUTION_FAILED",
    exit: Exit.reverted,
    message: `The Safe transaction ${safeTxHash} failed on chain.`,
    why: outcome === "failure" ? "The Safe reports ExecutionFailure: the call failed and its nonce is used up." : "The whole transaction reverted; the nonce is still free.",
    next: "lpctl proposal simulate",
    details,
  });
}

/** What the Safe's events say about one hash; `undefined` when they do not mention it. */
function readOutcome(receipt: Receipt, safe: Address, safeTxHash: Hex): "success" | "failure" | undefined {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== safe.toLowerCase()) continue;
    const [topic, indexedHash] = log.topics;
    const hash = indexedHash ?? log.data.slice(0, 66);
    if (hash.toLowerCase() !== safeTxHash.toLowerCase()) continue;
    if (topic === EXECUTION_SUCCESS) return "success";
    if (topic === EXECUTION_FAILURE) return "failure";
  }
  return undefined;
}
