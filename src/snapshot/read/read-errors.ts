/** Errors of reading state in bulk that more than one place meets. */
import type { ReadBlock } from "../../chain/block-reader.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

export function replacedWhileRead(number: bigint, before: Hex, now: Hex | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_REORG",
    exit: Exit.network,
    message: `Block ${number} was replaced while its state was being read`,
    why: `It had the hash ${before}, and ${now === undefined ? "the node does not have that block any more" : `now has ${now}`}: what was read before and after does not belong together.`,
    next: "Take the snapshot at a block that is final",
    details: { block: number, before, now: now ?? null },
  });
}

export function answerShort(origin: string, contract: Address, expectedBytes: number, gotBytes: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_ANSWER_SHORT",
    exit: Exit.network,
    message: `The RPC at ${origin} answers for ${contract} with another length than was asked for`,
    why: `${expectedBytes} bytes were due, and ${gotBytes} came.`,
    next: "Use another RPC URL; this one cuts its answers or is not an Ethereum node",
    details: { contract, expectedBytes, gotBytes },
  });
}

export function answerUnexpected(contract: Address, data: Hex, expectedBytes: number, gotBytes: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_ANSWER_UNEXPECTED",
    exit: Exit.failed,
    message: `${contract} returns ${gotBytes} bytes where ${expectedBytes} were expected`,
    why: `It was asked ${data}: the contract has another interface than the one it is read with, or no code.`,
    next: "Check the network and its Controller: lpctl config explain",
    details: { contract, data, expectedBytes, gotBytes },
  });
}

export function cacheOfOther(path: string, wanted: ReadBlock & { chainId: bigint; of: string }): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_CACHE_OTHER",
    exit: Exit.refused,
    message: `${printable(path)} holds what was read of something else`,
    why: `It is not of ${wanted.of} at block ${wanted.number} (${wanted.hash}) of chain ${wanted.chainId}, or was written by another version.`,
    next: "Move it away, or name another folder; then run the same command again",
    details: { path },
  });
}
