import type { Hex } from "../protocol/hex.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import type { SafeSignature } from "../safe/signature.ts";
import type { RelayContext } from "./context.ts";

/**
 * Keeps a verified signature; only within `Database.write`. What stands for an approval on chain is kept as such, so that it goes
 * when the approval does.
 * @returns false when this owner has confirmed already
 */
export function storeSignature({ transactions, chainStore }: RelayContext, safe: SafeFacts, safeTxHash: Hex, signature: SafeSignature, nowMs: number): boolean {
  if (signature.kind !== "approved-hash") return transactions.confirm(safeTxHash, signature, nowMs);
  return chainStore.approve({ safe: safe.address, safeTxHash, owner: signature.owner, blockNumber: Number(safe.blockNumber), transactionHash: null, approvedMs: nowMs });
}
