import { SigningKey } from "ethers/crypto";
import { TypedDataEncoder } from "ethers/hash";
import { computeAddress } from "ethers/transaction";
import { toEthersTransaction } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Signer, SignerKind } from "./signer.ts";

/**
 * A private key as a person types or pastes it (32 bytes of hex, `0x` or not, blanks around it), checked.
 * The key never appears in the error.
 * @throws LPCTL_KEYS_NOT_A_KEY
 */
export function parsePrivateKey(text: string): Hex {
  const digits = text.trim().replace(/^0x/i, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) {
    const key: Hex = `0x${digits}`;
    try {
      computeAddress(key);
      return key;
    } catch {
      // Zero, or beyond the order of the curve: the same answer as for any other text.
    }
  }
  throw new LpctlError({
    code: "LPCTL_KEYS_NOT_A_KEY",
    exit: Exit.usage,
    message: "This is not a private key.",
    why: `A private key is 64 hexadecimal digits; ${digits.length} characters were given.`,
    next: "Export the key again from where it is kept. A phrase of words is not a key.",
  });
}

/** Signs with a private key held in memory. @param kind where the key came from */
export function walletSigner(privateKey: Hex, kind: Extract<SignerKind, "keystore" | "memory"> = "memory"): Signer {
  const key = new SigningKey(privateKey);
  const address = computeAddress(key) as Address;
  return {
    kind,
    address,
    async signTransaction(unsigned) {
      const transaction = toEthersTransaction(unsigned);
      transaction.signature = key.sign(transaction.unsignedHash);
      return transaction.serialized as Hex;
    },
    async signTypedData(domain, types, message) {
      return key.sign(TypedDataEncoder.hash(domain, types, message)).serialized as Hex;
    },
  };
}
