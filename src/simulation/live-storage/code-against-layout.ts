/** The code on chain as a witness to its source's layout. */
import type { Finding } from "../../finding.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Layout } from "../../protocol/layout.ts";
import { isOpenZeppelinSlot } from "../../protocol/openzeppelin-namespaces.ts";
import { WELL_KNOWN_SLOTS } from "../../protocol/storage-slots.ts";
import { recoverLayout } from "../../solidity/recover-layout.ts";
import { hashedVariables, staticLeaves } from "../layout-walk.ts";
import { dataSlot } from "../slot-hash.ts";
import { isGap } from "./cells.ts";

/** Data of arrays and byte strings that solc folds into constants lies this close behind its hash. */
const NEAR = 1n << 16n;

/** Which slots the code uses outright, and whether its source's layout has a variable in each of them. */
export async function compareCodeWithLayout(contract: string, address: Address, code: Hex, layout: Layout): Promise<Finding[]> {
  const recovered = await recoverLayout(code);
  if (recovered === undefined) {
    const detail = `${address}: there is no second witness for its storage layout`;
    return [{ severity: "info", code: "code-storage-unread", title: `What the code of ${contract} does with storage could not be read from its bytecode`, detail }];
  }
  const data = layout.storage.flatMap((item) => hashedVariables(layout, item.type, BigInt(item.slot), 64n)).map(({ start }) => dataSlot(start));
  const isKnown = (slot: bigint): boolean =>
    staticLeaves(layout, slot).some(({ path }) => !isGap(path)) ||
    WELL_KNOWN_SLOTS.some((known) => BigInt(known.slot) === slot) ||
    isOpenZeppelinSlot(slot) ||
    data.some((start) => slot >= start && slot - start < NEAR);
  const slots = [...new Map(recovered.slots.map((use) => [use.slot, use])).values()];
  const unknown = slots.filter(({ slot }) => !isKnown(slot));
  if (unknown.length === 0) {
    const detail = `${slots.length} slots recovered from the bytecode at ${address}, each with a variable of the source`;
    return [{ severity: "info", code: "code-storage-agrees", title: `The code of ${contract} uses no slot that its source's layout does not know`, detail }];
  }
  return unknown.map(({ slot, type, isWritten }): Finding => ({
    severity: "warning",
    code: "code-storage-beyond-layout",
    title: `The code of ${contract} ${isWritten ? "writes" : "reads"} a storage slot that its source's layout does not know`,
    detail: `slot ${slot < 1n << 64n ? slot : `0x${slot.toString(16).padStart(64, "0")}`} as ${type}, recovered from the bytecode at ${address}: inline assembly uses it, or the code is not that source's`,
  }));
}
