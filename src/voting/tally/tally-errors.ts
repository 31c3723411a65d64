/** Errors of reading a tally that more than one place meets. */
import { Exit, LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

export function reorged(block: bigint, before: Hex, now: Hex | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_REORG",
    exit: Exit.network,
    message: `Block ${block} was replaced while it was being read`,
    why: `It had the hash ${before}, and ${now === undefined ? "the node does not have that block any more" : `now has ${now}`}: what was read before and after does not belong together.`,
    next: "Run the same command again; what still holds is kept",
    details: { block, before, now: now ?? null },
  });
}

export function logsIncomplete(address: Address, why: string, details: Record<string, unknown> = {}): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_LOGS_INCOMPLETE",
    exit: Exit.network,
    message: `The RPC does not give all votes of ${address}`,
    why,
    next: "Use an RPC that keeps all logs (an archive node), and run it again: lpctl config explain",
    details: { address, ...details },
  });
}

export function unreadable(contract: Address, what: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_STATE_UNREADABLE",
    exit: Exit.network,
    message: `${contract} does not say ${what}`,
    why,
    next: "Check the network and its Controller, and use a node that has the state of the deciding block: lpctl config explain",
    details: { contract },
  });
}
