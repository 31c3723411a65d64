import { decodeSigned } from "./decode-signed.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { JournalAttempt } from "./journal-entries.ts";
import type { Receipt } from "./rpc.ts";

/** What a transaction of a plan asks for, and on which chain. */
export interface PlannedContent {
  chainId: bigint;
  to: Address | null;
  data: Hex;
  valueWei: bigint;
}

/** Whether the bytes that a journal has as mined are those that were planned; else what is not. */
export function compareMined({ raw, hash, nonce }: JournalAttempt, wanted: PlannedContent): string | undefined {
  const signed = decodeSigned(raw);
  if (signed === undefined) return "What it holds is no transaction of its kind.";
  const pairs: [name: string, got: unknown, want: unknown][] = [
    ["hash", signed.hash, hash],
    ["chain id", signed.chainId, wanted.chainId],
    ["nonce", signed.nonce, nonce],
    ["recipient", signed.to, wanted.to?.toLowerCase() ?? null],
    ["data", signed.data, wanted.data.toLowerCase()],
    ["value", signed.valueWei, wanted.valueWei],
  ];
  const different = pairs.find(([, got, want]) => got !== want);
  return different === undefined ? undefined : `Its ${different[0]} differs.`;
}

/**
 * Whether the chain has it as sent by that account, and with success; else what is not. With the hash of the bytes known to be
 * right this says who signed them, at a hundredth of what recovering it costs.
 */
export function compareReceipt({ from, status }: Receipt, sender: Address): string | undefined {
  if (from.toLowerCase() !== sender.toLowerCase()) return `It was sent by ${from}, and not by ${sender}.`;
  return status === "success" ? undefined : "It reverted.";
}
