import type SafeApiKit from "@safe-global/api-kit";
import { id, TypedDataEncoder } from "ethers/hash";
import { ZERO_ADDRESS } from "../../src/protocol/hex.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { hashSafeTransaction, SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage } from "../../src/safe/transaction.ts";
import type { SafeTransaction } from "../../src/safe/transaction.ts";

export const CHAIN_ID = 31337n;
export const RECEIVER: Address = "0x000000000000000000000000000000000000dEaD";

/** A payment of `valueWei`, told apart from others by it. */
export function payment(nonce: bigint, valueWei = 1n): SafeTransaction {
  return safeTransaction({ to: RECEIVER, valueWei, data: "0x", operation: 0, nonce });
}

export function hashOf(safe: Address, tx: SafeTransaction): Hex {
  return hashSafeTransaction(CHAIN_ID, safe, tx).safeTxHash;
}

export function signSafeTransaction(signer: Signer, safe: Address, tx: SafeTransaction): Promise<Hex> {
  return signer.signTypedData(safeDomain(CHAIN_ID, safe), SAFE_TX_TYPES, safeTransactionMessage(tx));
}

/** The body that api-kit sends, for what api-kit cannot send: mistakes. */
export async function proposalBody(safe: Address, tx: SafeTransaction, signer: Signer): Promise<Record<string, unknown>> {
  return {
    ...safeTransactionData(tx),
    contractTransactionHash: hashOf(safe, tx),
    sender: signer.address,
    signature: await signSafeTransaction(signer, safe, tx),
    origin: "lpctl test",
  };
}

export function safeTransactionData(tx: SafeTransaction): Parameters<SafeApiKit["proposeTransaction"]>[0]["safeTransactionData"] {
  return {
    to: tx.to,
    value: String(tx.valueWei),
    data: tx.data,
    operation: tx.operation,
    safeTxGas: String(tx.safeTxGas),
    baseGas: String(tx.baseGas),
    gasPrice: String(tx.gasPriceWei),
    gasToken: ZERO_ADDRESS,
    refundReceiver: ZERO_ADDRESS,
    nonce: Number(tx.nonce),
  };
}

export interface Answer {
  status: number;
  body: unknown;
  headers: Headers;
}

/** Raw HTTP; the body is JSON when there is one. */
export async function ask(url: string, method = "GET", body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown), headers: response.headers };
}

/** In the form that api-kit wants of a wallet client. */
export function asWalletClient(signer: Signer): never {
  return { signTypedData: ({ domain, types, message }: { domain: object; types: Record<string, { name: string; type: string }[]>; message: Record<string, unknown> }) => signer.signTypedData(domain, types, message) } as never;
}

export function signDelegate(signer: Signer, delegate: Address, atMs = Date.now()): Promise<Hex> {
  const types = { Delegate: [{ name: "delegateAddress", type: "address" }, { name: "totp", type: "uint256" }] };
  return signer.signTypedData({ name: "Safe Transaction Service", version: "1.0", chainId: CHAIN_ID }, types, { delegateAddress: delegate, totp: Math.floor(atMs / 3_600_000) });
}

export function signDeletion(signer: Signer, safe: Address, safeTxHash: Hex, atMs = Date.now()): Promise<Hex> {
  const types = { DeleteRequest: [{ name: "safeTxHash", type: "bytes32" }, { name: "totp", type: "uint256" }] };
  return signer.signTypedData({ name: "Safe Transaction Service", version: "1.0", chainId: CHAIN_ID, verifyingContract: safe }, types, { safeTxHash, totp: Math.floor(atMs / 3_600_000) });
}

/** What an owner of `safe` signs so that `safe` signs 32 or more bytes by EIP-1271. */
export function signSafeMessage(signer: Signer, safe: Address, message: Hex): Promise<Hex> {
  return signer.signTypedData(safeDomain(CHAIN_ID, safe), { SafeMessage: [{ name: "message", type: "bytes" }] }, { message });
}

export function safeMessageHash(safe: Address, message: Hex): Hex {
  return TypedDataEncoder.hash(safeDomain(CHAIN_ID, safe), { SafeMessage: [{ name: "message", type: "bytes" }] }, { message }) as Hex;
}

export const NO_HASH = id("no such transaction");
