import type { Hex } from "../../protocol/hex.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import type { Names } from "../../simulation/format-word.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { WordSource } from "../state.ts";
import { bookOf } from "./enumerate-slots.ts";
import type { KeyMaterial } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { namePlace } from "./name-place.ts";
import type { Limits, Places } from "./places.ts";
import { walkSlots } from "./slot-walk.ts";
import { wholeLayout } from "./whole-layout.ts";

const WORD = 32;
const NO_NAMES: Names = { addressName: () => undefined, keyNames: new Map() };

export interface NamerOptions {
  /** Of addresses and ids in keys. */
  names?: Names | undefined;
  limits?: Limits | undefined;
}

/**
 * Names for the slots of a contract: `delegators[0x…].bondedAmount`. Several variables in one slot are separated by commas. Works
 * from the words alone, without a chain.
 * @param words all that the contract has; only these slots get names
 */
export async function createSlotNamer(
  { address, layout: own }: Pick<KnownContract, "address" | "layout">,
  preimages: KeyMaterial,
  words: SlotWords,
  { names = NO_NAMES, limits }: NamerOptions = {},
): Promise<(slot: Hex) => string | undefined> {
  const layout = wholeLayout(own);
  const find = finderOf(words);
  const source: WordSource = {
    readWords: (_, slots) => {
      const read = new Uint8Array(slots.length);
      for (let at = 0; at < slots.length; at += WORD) {
        const index = find(slots, at);
        if (index >= 0) read.set(words.values.subarray(index * WORD, (index + 1) * WORD), at);
      }
      return Promise.resolve(read);
    },
  };
  /** For each word, which of the groups explains it, and where in it. */
  const groups: Places[] = [];
  const groupOf = new Int32Array(words.count).fill(-1);
  const placeOf = new Uint32Array(words.count);
  await walkSlots(
    source,
    address,
    layout,
    bookOf(preimages),
    (places, slots) => {
      let isUsed = false;
      for (let position = 0; position < slots.length / WORD; position++) {
        const index = find(slots, position * WORD);
        if (index < 0 || (groupOf[index] ?? -1) >= 0) continue;
        groupOf[index] = groups.length;
        placeOf[index] = position;
        isUsed = true;
      }
      if (isUsed) groups.push(places);
    },
    { limits },
  );

  return (slot) => {
    const index = find(Buffer.from(slot.slice(2), "hex"), 0);
    const places = index < 0 ? undefined : groups[groupOf[index] ?? -1];
    if (places === undefined) return undefined;
    const { slots } = places.shape;
    const position = placeOf[index] ?? 0;
    return namePlace({ layout, names }, places, Math.floor(position / slots.length), slots[position % slots.length] ?? 0n) || undefined;
  };
}

/** Finds a slot among words: its index, or a negative number. */
function finderOf({ slots, count }: SlotWords): (of: Uint8Array, at: number) => number {
  const order = orderWords(slots, count);
  return (of, at) => {
    let low = 0;
    let high = count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const index = order[middle] ?? 0;
      const difference = compareWords(slots, index * WORD, of, at);
      if (difference === 0) return index;
      if (difference < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  };
}
