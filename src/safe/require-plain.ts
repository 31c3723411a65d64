import { Exit, LpctlError } from "../errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { unpackCalls } from "./multisend.ts";
import type { BatchCall } from "./multisend.ts";
import type { SafeTransaction } from "./transaction.ts";

/**
 * Holds a Safe transaction to the rules that need no chain, and gives the calls it makes: no gas refund,
 * no safeTxGas, and no delegatecall except the official MultiSendCallOnly with a well-formed batch.
 * @throws LPCTL_SAFE_GAS_REFUND, LPCTL_SAFE_DELEGATECALL, LPCTL_SAFE_MULTISEND_MALFORMED
 */
export function requirePlainTransaction(tx: SafeTransaction): BatchCall[] {
  const set = [
    ...(["safeTxGas", "baseGas", "gasPriceWei"] as const).filter((field) => tx[field] !== 0n),
    ...(["gasToken", "refundReceiver"] as const).filter((field) => tx[field] !== ZERO_ADDRESS),
  ];
  if (set.length > 0) {
    throw new LpctlError({
      code: "LPCTL_SAFE_GAS_REFUND",
      exit: Exit.refused,
      message: `The Safe transaction sets ${set.join(", ")}.`,
      why:
        tx.safeTxGas === 0n
          ? "Those fields make the Safe pay whoever executes it."
          : "With safeTxGas a failing call does not revert: the transaction counts as done and its nonce is used up.",
      next: "Make the transaction again; lpctl leaves these fields zero.",
      details: { fields: set },
    });
  }
  if (tx.operation === 1 && tx.valueWei !== 0n) {
    throw new LpctlError({
      code: "LPCTL_SAFE_DELEGATECALL",
      exit: Exit.refused,
      message: "The Safe transaction gives a value to a delegatecall.",
      why: "A delegatecall moves no value; the field would only mislead a reader.",
      next: "Do not sign it. Find out who made it.",
    });
  }
  return unpackCalls(tx);
}

/** The call with which a transaction changes its Safe, if it does. A rejection is a call to itself too, but an empty one. */
export function findSelfCall(safe: Address, tx: SafeTransaction, permitted: readonly Hex[] = []): BatchCall | undefined {
  return requirePlainTransaction(tx).find(({ to, data }) => to.toLowerCase() === safe.toLowerCase() && data !== "0x" && !permitted.includes(data.toLowerCase() as Hex));
}
