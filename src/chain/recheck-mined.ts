import type { AttemptLog } from "./attempt-log.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Receipt, Rpc } from "./rpc.ts";

/** Receipts asked for at once. */
const MOST_AT_ONCE = 500;

/**
 * What a reorganisation took out of the chain is in flight again.
 * @returns the receipts of the rest, by hash
 */
export async function recheckMined(rpc: Rpc, log: AttemptLog): Promise<{ known: Map<Hex, Receipt>; reorged: number }> {
  const mined = log.mined();
  const known = new Map<Hex, Receipt>();
  let reorged = 0;
  for (let from = 0; from < mined.length; from += MOST_AT_ONCE) {
    const part = mined.slice(from, from + MOST_AT_ONCE);
    const receipts = await Promise.all(part.map(({ hash }) => rpc.receipt(hash)));
    part.forEach(({ index, hash, blockHash }, at) => {
      const receipt = receipts[at] ?? undefined;
      if (receipt?.blockHash === blockHash) {
        known.set(hash, receipt);
        return;
      }
      log.record(index, { kind: "reorged", operation: log.stateAt(index).id, hash });
      reorged++;
    });
  }
  return { known, reorged };
}
