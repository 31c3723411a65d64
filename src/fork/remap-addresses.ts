import type { Address, Hex } from "../protocol/hex.ts";
import type { ContractDraft } from "./contract-draft.ts";

/** Address in the snapshot to address on the fork. */
export type Moved = ReadonlyMap<Address, Address>;

const WORD = 32;
const ADDRESS = 20;

/**
 * Replaces every address that changes where it stands in a word, wherever in the word it stands. Twenty bytes of an
 * address do not come about by chance.
 * @param nameOf a slot; undefined where it lies at a hash
 */
export function remapAddresses(draft: ContractDraft, moved: Moved, nameOf: (slot: Hex) => string | undefined, whyOf = (old: Address): string => `${old} is ${moved.get(old) ?? old} on the fork`): void {
  const { slots, values, count } = draft.before;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const beginnings = new Map<number, { before: Buffer; after: Address; old: Address }[]>();
  for (const [old, after] of moved) {
    const before = Buffer.from(old.slice(2), "hex");
    const start = before.readUInt32BE(0);
    beginnings.set(start, [...(beginnings.get(start) ?? []), { before, after, old }]);
  }
  for (let index = 0; index < count; index++) {
    for (let at = 0; at <= WORD - ADDRESS; at++) {
      const start = index * WORD + at;
      const found = beginnings.get(view.getUint32(start))?.find(({ before }) => before.equals(values.subarray(start, start + ADDRESS)));
      if (found === undefined) continue;
      const slot: Hex = `0x${Buffer.from(slots.subarray(index * WORD, index * WORD + WORD)).toString("hex")}`;
      draft.setPart(slot, { offset: WORD - ADDRESS - at, size: ADDRESS }, BigInt(found.after), nameOf(slot), whyOf(found.old));
    }
  }
}
