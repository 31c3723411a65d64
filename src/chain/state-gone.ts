import { Exit, LpctlError } from "../errors.ts";

/** How nodes say that they have forgotten a state, or never had it. */
const GONE = /BlockOutOfRange|missing trie node|header not found|no state available|state (?:is |at [^ ]+ is )?(?:not available|unavailable|pruned)|historical state|pruned|proof window/i;

export function saysStateIsGone(text: string): boolean {
  return GONE.test(text);
}

/** @param origin of the RPC, without secrets */
export function stateGone(origin: string, block: bigint | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_ANVIL_STATE_GONE",
    exit: Exit.network,
    message: `The RPC at ${origin} does not have the state of ${block === undefined ? "the block it was asked for" : `block ${block}`} any more.`,
    why: "Nodes forget old states unless they are archive nodes. A local chain has those of its last blocks, and none from before it was last started.",
    next: "Use an archive node for what happened long ago; what happened is in: lpctl proposal status",
    details: { block: block?.toString() ?? null },
  });
}
