import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** Where the key is. `memory`: in this process and nowhere else, as in tests and rehearsals. */
export type SignerKind = "keystore" | "command" | "ledger" | "json-rpc" | "browser" | "memory";

/**
 * Whoever can sign as one address: an unlocked keystore file, a program, a device, a node, a browser wallet.
 * `signTransaction` gives the signed bytes of an EIP-1559 transaction and sends nothing.
 */
export interface Signer extends TransactionSigner {
  readonly kind: SignerKind;
  /** EIP-712. `types` without `EIP712Domain`. Gives the 65 bytes r‖s‖v with v 27 or 28 and a low s. */
  signTypedData(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>): Promise<Hex>;
}

/** A key outside of this process. What it answers is not believed: `guardedSigner` stands before it. */
export interface ExternalSigner {
  readonly kind: Exclude<SignerKind, "keystore" | "memory">;
  /** The address that it is configured to sign as. */
  readonly address: Address;
  /** False when it can sign typed data only. */
  readonly canSend: boolean;
  /** Asks where the key is for the addresses it has. Signs nothing. */
  readAddresses(): Promise<Address[]>;
  /** Text that is said to be 65 bytes of hex. */
  signTypedData(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>): Promise<string>;
  /** The raw signed transaction, as it is said to be. */
  signTransaction: TransactionSigner["signTransaction"];
}
