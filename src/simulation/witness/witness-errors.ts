import type { BlockHeader, Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Hex } from "../../protocol/hex.ts";

export function reorged(rpc: Rpc, before: BlockHeader, nowHash: Hex): LpctlError {
  return new LpctlError({
    code: "LPCTL_STATE_REORGED",
    exit: Exit.network,
    message: `Block ${before.number} of the RPC at ${rpc.origin} is another block than it was a moment ago`,
    why: `it had the hash ${before.hash}, now it has ${nowHash}: the chain was reorganised, or several nodes answer at this URL`,
    next: "Run the command again; what was read so far may be of a block that is no more.",
    details: { block: before.number.toString(), before: before.hash, now: nowHash },
  });
}

export function otherChain(rpc: Rpc, before: bigint, now: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_STATE_OTHER_CHAIN",
    exit: Exit.network,
    message: `The RPC at ${rpc.origin} says that it is chain ${now}, a moment ago it said ${before}`,
    why: "Several nodes answer at this URL, or it does not tell the truth.",
    next: "Do not believe this RPC. Use another one, and compare what they say.",
    details: { before: before.toString(), now: now.toString() },
  });
}
