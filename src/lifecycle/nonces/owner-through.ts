import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { readOwnerGraph } from "../../safe/owner-graph.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";

/**
 * The owner of a Safe, itself a Safe, that a key stands behind: a message signed for such an owner counts for the Safe too.
 * Undefined when there is none, or the owners cannot be looked into.
 */
export async function ownerThrough(rpc: Rpc, safe: Pick<SafeFacts, "owners">, key: Address): Promise<Address | undefined> {
  const behind = await Promise.all(
    safe.owners.map(async (owner) => {
      if ((await rpc.code(owner)) === "0x") return false;
      try {
        return (await readOwnerGraph(rpc, [owner])).accounts.has(key);
      } catch (error) {
        if (error instanceof LpctlError && error.exit !== Exit.network) return false;
        throw error;
      }
    }),
  );
  return safe.owners.find((_, index) => behind[index]);
}
