import { Transaction } from "ethers/transaction";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** An EIP-1559 transaction before it is signed. `to: null` deploys. */
export interface UnsignedTransaction {
  chainId: bigint;
  nonce: bigint;
  to: Address | null;
  data: Hex;
  valueWei: bigint;
  gasLimit: bigint;
  maxFeePerGasWei: bigint;
  maxPriorityFeePerGasWei: bigint;
}

export interface TransactionSigner {
  readonly address: Address;
  /** The raw signed transaction, ready to broadcast. */
  signTransaction(transaction: UnsignedTransaction): Promise<Hex>;
}

/**
 * Has `transaction` signed and checks that what came back is that very transaction, signed by that very
 * account: a signer may be a device, a browser or another program.
 * @throws LPCTL_SENDER_BAD_SIGNATURE
 */
export async function signChecked(signer: TransactionSigner, transaction: UnsignedTransaction): Promise<{ raw: Hex; hash: Hex }> {
  const raw = await signer.signTransaction(transaction);
  const difference = compareSigned(raw, signer.address, transaction);
  if (typeof difference === "object") return difference;
  throw new LpctlError({
    code: "LPCTL_SENDER_BAD_SIGNATURE",
    exit: Exit.refused,
    message: `The signer for ${signer.address} did not return the transaction it was asked to sign`,
    why: difference,
    next: "Nothing was sent. Check which account the signer uses, and its software.",
    details: { signer: signer.address },
  });
}

/** The signed bytes and their hash when they are `wanted` signed by `address`, else what differs. */
export function compareSigned(raw: Hex, address: Address, wanted: UnsignedTransaction): string | { raw: Hex; hash: Hex } {
  let signed: Transaction;
  try {
    signed = Transaction.from(raw);
  } catch {
    return "What it returned is not a signed transaction.";
  }
  // Each is computed from all bytes whenever it is asked for.
  const { from, hash } = signed;
  if (from?.toLowerCase() !== address.toLowerCase() || hash === null) return `It is signed by ${from ?? "nobody"}.`;
  const pairs: [name: string, got: unknown, want: unknown][] = [
    ["type", signed.type, 2],
    ["chain id", signed.chainId, wanted.chainId],
    ["nonce", BigInt(signed.nonce), wanted.nonce],
    ["recipient", signed.to?.toLowerCase() ?? null, wanted.to?.toLowerCase() ?? null],
    ["data", signed.data.toLowerCase(), wanted.data.toLowerCase()],
    ["value", signed.value, wanted.valueWei],
    ["gas limit", signed.gasLimit, wanted.gasLimit],
    ["maximum fee", signed.maxFeePerGas, wanted.maxFeePerGasWei],
    ["priority fee", signed.maxPriorityFeePerGas, wanted.maxPriorityFeePerGasWei],
    ["access list", signed.accessList?.length ?? 0, 0],
  ];
  const different = pairs.find(([, got, want]) => got !== want);
  if (different !== undefined) return `Its ${different[0]} differs.`;
  return { raw: raw.toLowerCase() as Hex, hash: hash as Hex };
}

/** The same transaction in the form that ethers signs and serialises. */
export function toEthersTransaction(transaction: UnsignedTransaction): Transaction {
  return Transaction.from({
    type: 2,
    chainId: transaction.chainId,
    nonce: Number(transaction.nonce),
    to: transaction.to,
    data: transaction.data,
    value: transaction.valueWei,
    gasLimit: transaction.gasLimit,
    maxFeePerGas: transaction.maxFeePerGasWei,
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGasWei,
  });
}
