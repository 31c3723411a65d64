import type { Operation } from "../../src/chain/operation.ts";
import type { Address } from "../../src/protocol/hex.ts";

export const COUNTER = "0x00000000000000000000000000000000000000c0" as Address;

/** `length` calls that each add one to the counter. */
export function countingOperations(length: number): Operation[] {
  return Array.from({ length }, (_, at) => ({ id: `count-${at}`, to: COUNTER, data: "0x", valueWei: 0n, title: `count ${at}` }));
}
