import { createHash } from "node:crypto";
import type { PlannedTransaction } from "../genesis/transaction-plan.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/**
 * sha256 of who sends what to whom, in which order: two plans with one hash are the same transactions. Piece by piece, because
 * a large fork has a hundred megabytes of them.
 */
export function hashForkPlan({ from, firstNonce, transactions }: { from: Address; firstNonce: bigint; transactions: readonly PlannedTransaction[] }): Hex {
  const hash = createHash("sha256");
  hash.update(`lpctl fork plan 1\n${from.toLowerCase()} ${firstNonce} ${transactions.length}\n`);
  for (const { to, data, valueWei } of transactions) {
    const bytes = Buffer.from(data.slice(2), "hex");
    hash.update(`${to === null ? "create" : to.toLowerCase()} ${valueWei} ${bytes.length}\n`);
    hash.update(bytes);
  }
  return `0x${hash.digest("hex")}`;
}
