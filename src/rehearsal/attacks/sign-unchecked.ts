import type { Signer } from "../../keys/signer.ts";
import type { Address } from "../../protocol/hex.ts";
import type { SafeSignature } from "../../safe/signature.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransactionMessage, type SafeTransaction } from "../../safe/transaction.ts";

/** What a key gives that signs whatever it is shown, without a review and without the list of what it signed. */
export async function signUnchecked(signer: Signer, chainId: bigint, safe: Address, transaction: SafeTransaction): Promise<SafeSignature> {
  return { owner: signer.address, kind: "eip712", data: await signer.signTypedData(safeDomain(chainId, safe), SAFE_TX_TYPES, safeTransactionMessage(transaction)) };
}
