import { Exit, LpctlError } from "../../errors.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { hashSafeTransaction } from "../../safe/transaction.ts";

/** One thing that two forms of a Safe transaction have, or have not, in common. */
export interface ComparedField {
  field: string;
  before: string;
  after: string;
  same: boolean;
}

export interface OnlyNonceChanged {
  fields: ComparedField[];
  /** What the new transaction hashes to with the nonce of the old one: the hash that was signed, or it would not be the same. */
  hashAtOldNonce: Hex;
}

/**
 * Shows that two Safe transactions differ in their nonce and in nothing else: field by field, and by the hash itself.
 * @throws LPCTL_REANCHOR_DIFFERENT naming every other field that differs
 */
export function requireOnlyNonceChanged(before: SafeBundle, after: SafeBundle): OnlyNonceChanged {
  const fields = Object.entries(parts(before)).map(([field, value]): ComparedField => {
    const other = parts(after)[field] ?? "";
    return { field, before: value, after: other, same: value === other };
  });
  const hashAtOldNonce = hashSafeTransaction(after.chainId, after.safe.address, { ...after.transaction, nonce: before.transaction.nonce }).safeTxHash;
  const different = fields.filter(({ field, same }) => !same && field !== "nonce").map(({ field }) => field);
  if (different.length === 0 && hashAtOldNonce === before.hashes.safeTxHash) return { fields, hashAtOldNonce };
  throw new LpctlError({
    code: "LPCTL_REANCHOR_DIFFERENT",
    exit: Exit.refused,
    message: "More than the nonce would change",
    why: different.length === 0 ? `at the old nonce its hash would be ${hashAtOldNonce}, and ${before.hashes.safeTxHash} was signed` : `${different.join(", ")} would differ from what was reviewed`,
    next: "Prepare the proposal again, and review it as a new one",
    details: { fields: different },
  });
}

function parts({ chainId, safe, proposalId, transaction }: SafeBundle): Record<string, string> {
  const { nonce, ...rest } = transaction;
  return {
    chain: String(chainId),
    safe: safe.address,
    "safe version": safe.version,
    "safe code": `${safe.proxyCodeHash} ${safe.singletonCodeHash}`,
    proposal: proposalId ?? "none",
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
    nonce: String(nonce),
  };
}
