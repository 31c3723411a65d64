import type { Address, Hex } from "../../protocol/hex.ts";
import { fixedLength, elementPosition, slotsOf, type Layout, type LayoutType } from "../layout-walk.ts";
import { dataSlot, hashToSlot, slotHex } from "../slot-hash.ts";

/** What mappings will be asked for. */
export interface ForeseenKeys {
  /** Whoever has an entry of its own. */
  accounts: readonly Address[];
  /** Of those, for whom a mapping by number is followed: what a transcoder earned in each round, say. */
  busy: ReadonlySet<Address>;
  /** Second keys of what is kept for pairs of accounts, such as allowances. */
  partners: readonly Address[];
  /** Rounds, jobs, locks. */
  numbers: readonly bigint[];
  /** Names in a registry, for instance. */
  words: readonly Hex[];
}

const MOST_SLOTS = 2_000;
const MOST_IN_PLACE = 40n;
const MOST_SLOTS_OF_ARRAY = 10n;

/**
 * The slots that a contract reads for these keys, by its layout: everything in place, and of each mapping the entries. A
 * guess at what to fetch together; what it leaves out is fetched when it is read.
 */
export function foreseeSlots(layout: Layout, keys: ForeseenKeys): Set<Hex> {
  const found = new Set<Hex>();
  const visit = (typeId: string, slot: bigint, owner: Address | undefined, depth: number): void => {
    const type = layout.types[typeId];
    if (type === undefined || found.size >= MOST_SLOTS) return;
    if (type.encoding === "mapping") return visitEntries(type, slot, owner, depth);
    const slots = slotsOf(type);
    for (let at = 0n; at < slots && at < MOST_IN_PLACE; at += 1n) found.add(`0x${slotHex(slot + at)}`);
    for (const member of type.members ?? []) visit(member.type, slot + BigInt(member.slot), owner, depth);
    const element = type.base === undefined ? undefined : layout.types[type.base];
    if (element === undefined || type.base === undefined) return;
    const isFixed = type.encoding === "inplace";
    const start = isFixed ? slot : dataSlot(slot);
    const length = isFixed ? fixedLength(type) : MOST_SLOTS_OF_ARRAY;
    for (let at = 0n; at < length; at += 1n) {
      const { slot: offset } = elementPosition(element, at);
      if (offset >= MOST_SLOTS_OF_ARRAY) break;
      visit(type.base, start + offset, owner, depth);
    }
  };
  const visitEntries = ({ key, value }: LayoutType, slot: bigint, owner: Address | undefined, depth: number): void => {
    if (key === undefined || value === undefined) return;
    const label = layout.types[key]?.label ?? "";
    const enter = (word: string, of: Address | undefined): void => visit(value, hashToSlot(`${word}${slotHex(slot)}`), of, depth + 1);
    if (/^(address|contract )/.test(label)) {
      for (const account of depth === 0 ? keys.accounts : keys.partners) enter(account.slice(2).toLowerCase().padStart(64, "0"), owner ?? account);
    } else if (/^uint/.test(label)) {
      if (owner === undefined || keys.busy.has(owner)) for (const number of keys.numbers) enter(slotHex(number), owner);
    } else if (label === "bytes32") {
      for (const word of keys.words) enter(word.slice(2), owner);
    }
  };
  for (const { type, slot } of layout.storage) visit(type, BigInt(slot), undefined, 0);
  return found;
}
