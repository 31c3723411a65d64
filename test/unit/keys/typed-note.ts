import { SigningKey } from "ethers/crypto";
import { hashMessage, id, TypedDataEncoder } from "ethers/hash";
import { computeAddress } from "ethers/transaction";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import type { ExternalSigner, Signer } from "../../../src/keys/signer.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { hashSafeTransaction, safeDomain, safeTransaction, safeTransactionMessage, SAFE_TX_TYPES, type SafeTransaction } from "../../../src/safe/transaction.ts";

/** A throw-away key and a Safe transaction it is asked to sign. */
export const KEY = id("lpctl test key of another place") as Hex;
export const ADDRESS = computeAddress(KEY) as Address;
export const OTHER_KEY = id("lpctl test key of a stranger") as Hex;
export const CHAIN_ID = 31337n;
export const SAFE: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const TX: SafeTransaction = safeTransaction({ to: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0", valueWei: 5n, data: "0xa9059cbb", operation: 0, nonce: 7n });
export const HASHES = hashSafeTransaction(CHAIN_ID, SAFE, TX);

const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export const REQUEST = [safeDomain(CHAIN_ID, SAFE), SAFE_TX_TYPES, safeTransactionMessage(TX)] as const;
export const GOOD = sign(HASHES.safeTxHash);

export function sign(hash: Hex, key: Hex = KEY): Hex {
  return new SigningKey(key).sign(hash).serialized as Hex;
}

export function signed(change: Partial<SafeTransaction>): Hex {
  return sign(hashSafeTransaction(CHAIN_ID, SAFE, { ...TX, ...change }).safeTxHash);
}

export function ethSigned(): Hex {
  return sign(hashMessage(Buffer.from(HASHES.safeTxHash.slice(2), "hex")) as Hex);
}

/** The same signature as devices and old libraries give it. */
export function withLowV(signature: Hex): Hex {
  return `0x${signature.slice(2, 130)}${(Number.parseInt(signature.slice(130), 16) - 27).toString(16).padStart(2, "0")}`;
}

export function withHighS(signature: Hex): Hex {
  const s = GROUP_ORDER - BigInt(`0x${signature.slice(66, 130)}`);
  return `0x${signature.slice(2, 66)}${s.toString(16).padStart(64, "0")}${signature.endsWith("1b") ? "1c" : "1b"}`;
}

/** Every way in which a key elsewhere may answer wrongly, with what must be said about it. */
export const WRONG_ANSWERS: readonly [what: string, signature: Hex, says: RegExp][] = [
  ["another key's signature", sign(HASHES.safeTxHash, OTHER_KEY), new RegExp(computeAddress(OTHER_KEY))],
  ["a delegatecall instead of the call", signed({ operation: 1 }), /the same transaction as a delegatecall/],
  ["another nonce", signed({ nonce: 8n }), /at nonce 8 instead of 7/],
  ["another recipient", signed({ to: SAFE }), /signed something else/],
  ["the message hash alone", sign(HASHES.messageHash), /message hash alone/],
  ["eth_sign instead of EIP-712", ethSigned(), /eth_sign/],
  ["an approved hash, which is no signature", `0x${"11".repeat(64)}25`, /no EIP-712 signature at all/],
  ["r of zero", `0x${"00".repeat(32)}${"11".repeat(32)}1b`, /no EIP-712 signature at all/],
];

/** A key elsewhere that answers what it is told to. */
export function answering(signature: string, parts: Partial<ExternalSigner> = {}): ExternalSigner & { asked: number } {
  const signer = {
    kind: "command" as const,
    address: ADDRESS,
    canSend: true,
    asked: 0,
    readAddresses: () => Promise.resolve([ADDRESS]),
    signTypedData: () => {
      signer.asked += 1;
      return Promise.resolve(signature);
    },
    signTransaction: (transaction: Parameters<Signer["signTransaction"]>[0]) => walletSigner(KEY).signTransaction(transaction),
    ...parts,
  };
  return signer;
}

/** The two hashes that a device is given. */
export function deviceHashes(): { domainHash: string; messageHash: string } {
  return { domainHash: TypedDataEncoder.hashDomain(REQUEST[0]), messageHash: TypedDataEncoder.from(SAFE_TX_TYPES).hash(REQUEST[2]) };
}
