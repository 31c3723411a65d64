import type { Hex } from "../protocol/hex.ts";

/** `approveHash(bytes32)` and its one argument, nothing more. */
const APPROVE_HASH = /^0xd4d9bdcd([0-9a-f]{64})$/i;

/** The Safe transaction that a call agrees to on chain, by its hash; undefined for every other call. */
export function approvedHash(data: Hex): Hex | undefined {
  const hash = APPROVE_HASH.exec(data)?.[1]?.toLowerCase();
  return hash === undefined ? undefined : `0x${hash}`;
}
