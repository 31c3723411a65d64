import type { Rpc } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import type { Address } from "../protocol/hex.ts";

/**
 * Whether contracts take each of these calls from an account as things stand, whoever else they take them from. More than one
 * may hold a role, and what changes nothing anybody may call.
 */
export async function takesCalls(rpc: Rpc, from: Address, calls: readonly Call[]): Promise<boolean> {
  const taken = await Promise.all(
    calls.map(async ({ to, data, valueWei }) => {
      try {
        await rpc.call({ from, to, data, valueWei });
        return true;
      } catch (error) {
        if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return false;
        throw error;
      }
    }),
  );
  return taken.every(Boolean);
}
