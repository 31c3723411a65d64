import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { Hex } from "../protocol/hex.ts";

/**
 * Whoever can sign as one address: an unlocked keystore file today, an external command or device tomorrow.
 * `signTransaction` gives the signed bytes of an EIP-1559 transaction and sends nothing.
 */
export interface Signer extends TransactionSigner {
  /** EIP-712. `types` without `EIP712Domain`. Gives the 65 bytes r‖s‖v with v 27 or 28. */
  signTypedData(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>): Promise<Hex>;
}
