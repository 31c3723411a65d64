import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import { z } from "zod";
import { decimalSchema, hexSchema, ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";

/** The ten fields a Safe signs. `operation` 0 is a call, 1 a delegatecall. */
export interface SafeTransaction {
  to: Address;
  valueWei: bigint;
  data: Hex;
  operation: 0 | 1;
  safeTxGas: bigint;
  baseGas: bigint;
  gasPriceWei: bigint;
  gasToken: Address;
  refundReceiver: Address;
  nonce: bigint;
}

/** `domainHash` and `messageHash` are the two values a hardware wallet shows; `safeTxHash` is what is signed. */
export interface SafeTransactionHashes {
  domainHash: Hex;
  messageHash: Hex;
  safeTxHash: Hex;
}

const UINT256_MAX = (1n << 256n) - 1n;
const uint256Schema = decimalSchema.refine((value) => value >= 0n && value <= UINT256_MAX, "not within uint256");

/** A Safe transaction in a file: integers are decimal strings, since a JSON number is a float. */
export const safeTransactionSchema = z.strictObject({
  to: addressSchema,
  valueWei: uint256Schema,
  data: hexSchema.refine((data) => data.length === 2 || data.length >= 10, "shorter than a function selector"),
  operation: z.union([z.literal(0), z.literal(1)]),
  safeTxGas: uint256Schema,
  baseGas: uint256Schema,
  gasPriceWei: uint256Schema,
  gasToken: addressSchema,
  refundReceiver: addressSchema,
  nonce: uint256Schema,
});

/** EIP-712 types of a Safe transaction; the same for every Safe from 1.0.0. */
export const SAFE_TX_TYPES: Record<"SafeTx", TypedDataField[]> = {
  SafeTx: [
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "data", type: "bytes" },
    { name: "operation", type: "uint8" },
    { name: "safeTxGas", type: "uint256" },
    { name: "baseGas", type: "uint256" },
    { name: "gasPrice", type: "uint256" },
    { name: "gasToken", type: "address" },
    { name: "refundReceiver", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
};

/** The EIP-712 domain of a Safe, 1.3.0 and later: chain id and Safe address, no name. Older ones had no chain id. */
export function safeDomain(chainId: bigint, safe: Address): TypedDataDomain {
  return { chainId, verifyingContract: safe };
}

/** The message of the typed data, with the names the contract's type string has. */
export function safeTransactionMessage(tx: SafeTransaction): Record<string, unknown> {
  return {
    to: tx.to,
    value: tx.valueWei,
    data: tx.data,
    operation: tx.operation,
    safeTxGas: tx.safeTxGas,
    baseGas: tx.baseGas,
    gasPrice: tx.gasPriceWei,
    gasToken: tx.gasToken,
    refundReceiver: tx.refundReceiver,
    nonce: tx.nonce,
  };
}

/** The hashes of a transaction of a Safe of version 1.3.0 or later, computed here, offline, from EIP-712. */
export function hashSafeTransaction(chainId: bigint, safe: Address, tx: SafeTransaction): SafeTransactionHashes {
  const domain = safeDomain(chainId, safe);
  const message = safeTransactionMessage(tx);
  return {
    domainHash: TypedDataEncoder.hashDomain(domain) as Hex,
    messageHash: TypedDataEncoder.from(SAFE_TX_TYPES).hash(message) as Hex,
    safeTxHash: TypedDataEncoder.hash(domain, SAFE_TX_TYPES, message) as Hex,
  };
}

/**
 * A Safe transaction with every gas and refund field zero, the only kind lpctl makes: with `safeTxGas` zero a
 * failing inner call reverts the whole transaction instead of using up the nonce, and nothing is paid out.
 */
export function safeTransaction(parts: Pick<SafeTransaction, "to" | "valueWei" | "data" | "operation" | "nonce">): SafeTransaction {
  return {
    to: parts.to,
    valueWei: parts.valueWei,
    data: parts.data,
    operation: parts.operation,
    safeTxGas: 0n,
    baseGas: 0n,
    gasPriceWei: 0n,
    gasToken: ZERO_ADDRESS,
    refundReceiver: ZERO_ADDRESS,
    nonce: parts.nonce,
  };
}
