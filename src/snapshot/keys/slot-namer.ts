import type { Hex } from "../../protocol/hex.ts";
import { formatKey, type Names } from "../../simulation/format-word.ts";
import { elementLeaves, leavesOf, staticLeaves } from "../../simulation/layout-walk.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { WordSource } from "../state.ts";
import { bookOf } from "./enumerate-slots.ts";
import { hexAt, type KeyMaterial } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { walkSlots, type Places } from "./slot-walk.ts";

const WORD = 32;
const NO_NAMES: Names = { addressName: () => undefined, keyNames: new Map() };

/**
 * Names for the slots of a contract: `delegators[0x…].bondedAmount`. Several variables in one slot are separated by commas. Works
 * from the words alone, without a chain.
 * @param words all that the contract has; only these slots get names
 * @param names of addresses and ids in keys
 */
export async function createSlotNamer({ address, layout }: KnownContract, preimages: KeyMaterial, words: SlotWords, names: Names = NO_NAMES): Promise<(slot: Hex) => string | undefined> {
  const held = new Map<string, number>();
  for (let index = 0; index < words.count; index++) held.set(hexAt(words.slots, index), index);
  const source: WordSource = {
    readWords: (_, slots) => {
      const read = new Uint8Array(slots.length);
      for (let at = 0; at < slots.length; at += WORD) {
        const index = held.get(hexAt(slots, at / WORD));
        if (index !== undefined) read.set(words.values.subarray(index * WORD, (index + 1) * WORD), at);
      }
      return Promise.resolve(read);
    },
  };
  const found = new Map<string, { places: Places; place: number; slot: bigint }>();
  await walkSlots(source, address, layout, bookOf(preimages), (places, slots) => {
    const width = places.shape.slots.length;
    for (let index = 0; index < slots.length / WORD; index++) {
      const slot = hexAt(slots, index);
      if (held.has(slot) && !found.has(slot)) found.set(slot, { places, place: Math.floor(index / width), slot: places.shape.slots[index % width] ?? 0n });
    }
  });

  function pathOf(places: Places, place: number): string {
    const { within } = places;
    if (within === undefined) return "";
    const { member, kind, keys } = within;
    const key = hexAt(keys, place);
    const own = kind === "entry" ? `[${formatKey(member.type.key ?? "t_bytes32", layout.types[member.type.key ?? "t_bytes32"], key, names)}]` : kind === "element" ? `[${BigInt(`0x${key}`)}]` : "";
    return `${join(pathOf(within.places, within.index[place] ?? 0), member.path)}${own}`;
  }

  return (slot) => {
    const at = found.get(slot.slice(2).toLowerCase());
    if (at === undefined) return undefined;
    const { places, place, slot: inside } = at;
    if (places.within === undefined) return staticLeaves(layout, inside).map(({ path }) => path).join(", ") || undefined;
    const { kind, member, keys, index } = places.within;
    const path = pathOf(places, place);
    if (kind === "chunk") return `${path} (bytes from ${BigInt(`0x${hexAt(keys, place)}`) * 32n})`;
    if (kind === "element" && places.shape.slots.length === 1 && places.typeId !== undefined) {
      const outer = join(pathOf(places.within.places, index[place] ?? 0), member.path);
      const first = BigInt(`0x${hexAt(keys, place)}`);
      const element = layout.types[places.typeId];
      const relative = element === undefined ? 0n : first / (32n / BigInt(element.numberOfBytes) || 1n);
      const leaves = elementLeaves(layout, places.typeId, 0n, outer, relative, undefined);
      if (leaves.length > 0) return leaves.map((leaf) => leaf.path).join(", ");
    }
    return leavesOf(layout, places.typeId ?? "", 0n, 0, path, inside).map((leaf) => leaf.path).join(", ") || path;
  };
}

function join(outer: string, member: string): string {
  return member === "" ? outer : outer === "" ? member : `${outer}.${member}`;
}
