import type { Address, Hex } from "../../protocol/hex.ts";
import type { Layout } from "../../protocol/layout.ts";
import { elementLeaves, leavesOf, staticLeaves, type Leaf } from "../../simulation/layout-walk.ts";
import { formatKey, type Names } from "../../simulation/format-word.ts";
import { isAddress, hexAt } from "../keys/key-book.ts";
import { bookOf } from "../keys/enumerate-slots.ts";
import type { Places } from "../keys/places.ts";
import { walkSlots } from "../keys/slot-walk.ts";
import type { Preimages, WordSource } from "../state.ts";
import { WordIndex } from "../view/word-index.ts";

const WORD = 32;

/** The variables in one slot. */
export interface FoundLeaves {
  leaves: Leaf[];
  /** The first key on the way there that is an address: whose entry it is. */
  account: string | undefined;
}

export interface LeafSearch {
  source: WordSource;
  address: Address;
  layout: Layout;
  preimages: Preimages;
  names: Names;
}

/** The variables in the given slots of a contract, by slot. What no variable of the layout explains is left out. */
export async function findLeaves(slots: Uint8Array, { source, address, layout, preimages, names }: LeafSearch): Promise<Map<Hex, FoundLeaves>> {
  const count = slots.length / WORD;
  const wanted = new WordIndex({ slots, values: slots, count });
  const found = new Map<Hex, FoundLeaves>();
  await walkSlots(source, address, layout, bookOf(preimages), (places, walked) => {
    const width = walked.length / WORD / places.count;
    wanted.each(walked, (index) => {
      const place = Math.floor(index / width);
      const slot: Hex = `0x${hexAt(walked, index)}`;
      if (found.has(slot)) return;
      const leaves = leavesAt(layout, places, place, BigInt(slot), names);
      if (leaves.length > 0) found.set(slot, { leaves, account: accountOf(layout, places, place) });
    });
  });
  return found;
}

function leavesAt(layout: Layout, places: Places, place: number, slot: bigint, names: Names): Leaf[] {
  const { within, typeId } = places;
  if (within === undefined) return staticLeaves(layout, slot);
  const start = BigInt(`0x${hexAt(places.starts, place)}`);
  if (within.kind === "chunk") {
    return [{ path: containerPath(layout, places, place, names), typeId: "", type: within.member.type, start, offset: 0, size: WORD, chunk: keyNumber(places, place) }];
  }
  if (typeId === undefined) return [];
  if (within.kind === "element") {
    const element = layout.types[typeId];
    const path = containerPath(layout, places, place, names);
    // Small elements share a word: the walk stops at each word once, with the first element in it.
    const perSlot = element === undefined ? 1n : WORD_BYTES / BigInt(Math.min(WORD, Number(element.numberOfBytes)));
    const isPacked = element !== undefined && element.members === undefined && element.base === undefined && element.encoding === "inplace" && perSlot > 1n;
    if (isPacked) return elementLeaves(layout, typeId, start - keyNumber(places, place) / perSlot, path, slot, undefined);
    return leavesOf(layout, typeId, start, 0, `${path}[${keyNumber(places, place)}]`, slot);
  }
  return leavesOf(layout, typeId, start, 0, entryPath(layout, places, place, names), slot);
}

const WORD_BYTES = 32n;

function keyNumber({ within }: Places, place: number): bigint {
  return within === undefined ? 0n : BigInt(`0x${hexAt(within.keys, place)}`);
}

/** The mapping, array or string that a place is in. */
function containerPath(layout: Layout, { within }: Places, place: number, names: Names): string {
  if (within === undefined) return "";
  const parent = entryPath(layout, within.places, within.index[place] ?? 0, names);
  const { path } = within.member;
  return parent === "" || path === "" ? `${parent}${path}` : `${parent}.${path}`;
}

function entryPath(layout: Layout, places: Places, place: number, names: Names): string {
  const { within } = places;
  if (within === undefined) return "";
  const path = containerPath(layout, places, place, names);
  if (within.kind === "element") return `${path}[${keyNumber(places, place)}]`;
  const keyType = within.member.type.key;
  const hex = hexAt(within.keys, place);
  return `${path}[${keyType === undefined ? `0x${hex}` : formatKey(keyType, layout.types[keyType], hex, names)}]`;
}

function accountOf(layout: Layout, places: Places, place: number): string | undefined {
  const { within } = places;
  if (within === undefined) return undefined;
  const outer = accountOf(layout, within.places, within.index[place] ?? 0);
  if (outer !== undefined || within.kind !== "entry") return outer;
  const keyType = within.member.type.key;
  return keyType !== undefined && isAddress(keyType, layout.types[keyType]) ? hexAt(within.keys, place).slice(24) : undefined;
}
