import type { Address, Hex } from "../../protocol/hex.ts";
import { compareWords } from "../../protocol/order-words.ts";
import { bookOf } from "../keys/enumerate-slots.ts";
import { hexAt, type KeyMaterial } from "../keys/key-book.ts";
import { hasPairs } from "../keys/key-rules.ts";
import type { KnownContract } from "../keys/known-contract.ts";
import type { Places } from "../keys/places.ts";
import { walkSlots } from "../keys/slot-walk.ts";
import { wholeLayout } from "../keys/whole-layout.ts";
import type { Preimages, WordSource } from "../state.ts";
import type { SlotWords } from "../trie/storage-root.ts";

const WORD = 32;

/**
 * Of all keys that were tried, those that lead to a word, and which of them do so together: what a snapshot keeps. It follows from the state, so that two who take the
 * same get the same, although the node of one has more to tell than that of the other.
 * @param states words ascending by slot
 */
export async function usedPreimages(states: readonly { contract: KnownContract; words: SlotWords }[], keys: KeyMaterial): Promise<Preimages> {
  const book = bookOf(keys);
  const used: UsedKeys = { keys: new Set(), together: new Set() };
  for (const { contract, words } of states) {
    if (words.count === 0) continue;
    await walkSlots(sourceOf(words), contract.address, wholeLayout(contract.layout), book, (places, slots) => {
      const width = places.shape.slots.length;
      for (let position = 0; position < slots.length / WORD; position++) {
        if (find(words, slots, position * WORD) >= 0) addKeys(places, Math.floor(position / width), used);
      }
    });
  }
  const { first, last } = book.rounds;
  const isUsed = (word: Hex): boolean => {
    const number = BigInt(word);
    // Of numbers only the lowest and the highest count: whatever lies between is tried.
    return number >= first && number <= last ? number === first || number === last : used.keys.has(word.slice(2).toLowerCase());
  };
  return {
    addresses: keys.addresses.filter((address: Address) => used.keys.has(address.slice(2).toLowerCase().padStart(2 * WORD, "0"))),
    words: keys.words.filter(isUsed),
    together: [...used.together].sort().map((pair): Hex => `0x${pair}`),
  };
}

/** Digits without `0x`. */
interface UsedKeys {
  keys: Set<string>;
  together: Set<string>;
}

/**
 * The keys of the mappings on the way to a place, and of each address or id among them the one that it belongs to: the next one outside
 * that is no small number, such as a round, or where there is no other, that one.
 */
function addKeys(places: Places, place: number, { keys, together }: UsedKeys): void {
  let [at, index]: [Places, number] = [places, place];
  let open: { inner: string; next: string | undefined } | undefined;
  while (at.within !== undefined) {
    const { within } = at;
    if (within.kind === "entry") {
      const key = hexAt(within.keys, index);
      keys.add(key);
      if (open !== undefined && !isSmall(key)) {
        together.add(key + open.inner);
        open = undefined;
      }
      if (open !== undefined) open.next ??= key;
      else if (hasPairs(within.member.type)) open = { inner: key, next: undefined };
    }
    [at, index] = [within.places, within.index[index] ?? 0];
  }
  if (open?.next !== undefined) together.add(open.next + open.inner);
}

/** Longer numbers are ids. */
const SMALL = /^0{54}/;

function isSmall(key: string): boolean {
  return SMALL.test(key);
}

function sourceOf(words: SlotWords): WordSource {
  return {
    readWords: (_, slots) => {
      const read = new Uint8Array(slots.length);
      for (let at = 0; at < slots.length; at += WORD) {
        const index = find(words, slots, at);
        if (index >= 0) read.set(words.values.subarray(index * WORD, (index + 1) * WORD), at);
      }
      return Promise.resolve(read);
    },
  };
}

/** Where a slot is among the words; negative where it is not. */
function find({ slots, count }: SlotWords, of: Uint8Array, at: number): number {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareWords(slots, middle * WORD, of, at);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
