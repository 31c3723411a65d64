import { SigningKey } from "ethers/crypto";
import { computeAddress } from "ethers/transaction";
import { toEthersTransaction } from "../../../src/chain/transaction.ts";
import type { TransactionSigner } from "../../../src/chain/transaction.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";

/** Keys of the published test mnemonic, as anvil funds them. */
const PUBLISHED_KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
] as const;

/** Signs with the first (0) or second (1) account of a local chain. */
export function localSigner(account: 0 | 1 = 0): TransactionSigner {
  const key = new SigningKey(PUBLISHED_KEYS[account]);
  return {
    address: computeAddress(key) as Address,
    signTransaction: async (transaction) => {
      const unsigned = toEthersTransaction(transaction);
      unsigned.signature = key.sign(unsigned.unsignedHash);
      return unsigned.serialized as Hex;
    },
  };
}

/** Adds one to slot 0 on every call, whatever the data. */
export const COUNTER_CODE = "0x5f546001015f5500";
/** Reverts with its call data. */
export const ECHO_REVERT_CODE = "0x365f5f37365ffd";
/** Deploys `runtime` (at most 255 bytes). */
export function initCode(runtime: string): Hex {
  const body = runtime.slice(2);
  return `0x60${(body.length / 2).toString(16).padStart(2, "0")}8060095f395ff3${body}`;
}
