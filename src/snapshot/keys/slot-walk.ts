import type { Address } from "../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import type { Layout, LayoutType } from "../../protocol/layout.ts";
import { slotsOf } from "../../simulation/layout-walk.ts";
import type { WordSource } from "../state.ts";
import { hexAt, type KeyBook } from "./key-book.ts";
import { keysOfMember } from "./key-rules.ts";
import { addNear, addTo, NEAR, NO_KEYS, numberAt, numbers, type KeysOfPlace, type Limits, type Places, type WalkContext } from "./places.ts";
import { leadsToKeys, ONE_WORD, shapeOfContract, shapeOfType, type HashedMember } from "./shape.ts";

/** @param values what lies in the slots, where the walk had to know */
export type OnSlots = (places: Places, slots: Uint8Array, values: Uint8Array | undefined) => void;

const WORD = 32;
/** Entries handled at once: enough to read in bulk, and bounded in memory. */
const BATCH = 1 << 17;
/** Longer arrays and byte strings are words that only look like a length. */
const LONGEST = 1n << 24n;

/**
 * Goes through everything that a contract's storage can hold: its variables, and with each key that comes to mind the entries of
 * its mappings, and what is in those. How many elements an array has, which entries of a mapping were ever used, is read.
 */
export async function walkSlots(source: WordSource, contract: Address, layout: Layout, book: KeyBook, onSlots: OnSlots, { limits = LIMITS, onlyToKeys = false }: WalkOptions = {}): Promise<void> {
  await new SlotWalk({ source, contract, layout, book, onSlots, limits, onlyToKeys }, await createKeccakInto()).run();
}

const LIMITS: Limits = { triedAnyway: 1 << 12, triedEachWithEach: 1 << 23 };

export interface WalkOptions {
  limits?: Limits | undefined;
  /** Leaves out what cannot hold an address or an id. */
  onlyToKeys?: boolean | undefined;
}

interface Walked {
  source: WordSource;
  contract: Address;
  layout: Layout;
  book: KeyBook;
  onSlots: OnSlots;
  limits: Limits;
  onlyToKeys: boolean;
}

class SlotWalk implements WalkContext {
  readonly layout: Layout;
  readonly book: KeyBook;
  readonly limits: Limits;
  readonly #walked: Walked;
  readonly #keccak: KeccakInto;
  readonly #message = new Uint8Array(2 * WORD);
  readonly #word = new Uint8Array(WORD);

  constructor(walked: Walked, keccak: KeccakInto) {
    this.layout = walked.layout;
    this.book = walked.book;
    this.limits = walked.limits;
    this.#walked = walked;
    this.#keccak = keccak;
  }

  run(): Promise<void> {
    return this.#visit({ shape: shapeOfContract(this.layout), typeId: undefined, starts: new Uint8Array(WORD), count: 1, within: undefined });
  }

  read(slots: Uint8Array): Promise<Uint8Array> {
    return slots.length === 0 ? Promise.resolve(new Uint8Array()) : this.#walked.source.readWords(this.#walked.contract, slots);
  }

  hash(key: Uint8Array | undefined, keyAt: number, slot: Uint8Array, slotAt: number, into: Uint8Array, at: number): void {
    if (key === undefined) {
      for (let byte = 0; byte < WORD; byte++) this.#word[byte] = slot[slotAt + byte] ?? 0;
      this.#keccak.hash(this.#word, 0, WORD, into, at);
      return;
    }
    for (let byte = 0; byte < WORD; byte++) {
      this.#message[byte] = key[keyAt + byte] ?? 0;
      this.#message[WORD + byte] = slot[slotAt + byte] ?? 0;
    }
    this.#keccak.hash(this.#message, 0, 2 * WORD, into, at);
  }

  async #visit(places: Places): Promise<void> {
    const { shape, count } = places;
    const slots = slotsOfPlaces(places);
    const hashed = this.#walked.onlyToKeys ? shape.hashed.filter(({ type }) => leadsToKeys(this.layout, type)) : shape.hashed;
    const values = hashed.length > 0 && slots.length > 0 ? await this.read(slots) : undefined;
    if (slots.length > 0) this.#walked.onSlots(places, slots, values);
    for (const member of hashed) {
      if (count === 0) break;
      if (member.type.encoding === "mapping") await this.#visitEntries(places, member, values);
      if (member.type.encoding === "dynamic_array") await this.#visitElements(places, member, values);
      if (member.type.encoding === "bytes") await this.#visitChunks(places, member, values);
    }
  }

  async #visitEntries(places: Places, member: HashedMember, values: Uint8Array | undefined): Promise<void> {
    const typeId = member.type.value;
    if (typeId === undefined) return;
    const keysOf = await keysOfMember(this, places, member, values);
    await this.#inBatches(places, keysOf, async (index, keys) => {
      const starts = new Uint8Array(keys.length);
      const head = new Uint8Array(WORD);
      for (let entry = 0; entry < index.length; entry++) {
        addTo(places.starts, (index[entry] ?? 0) * WORD, member.slot, head, 0);
        this.hash(keys, entry * WORD, head, 0, starts, entry * WORD);
      }
      await this.#visit({ shape: shapeOfType(this.layout, typeId), typeId, starts, count: index.length, within: { places, index, member, keys, kind: "entry" } });
    });
  }

  async #visitElements(places: Places, member: HashedMember, values: Uint8Array | undefined): Promise<void> {
    const typeId = member.type.base;
    const element = typeId === undefined ? undefined : this.layout.types[typeId];
    if (typeId === undefined || element === undefined || values === undefined) return;
    const perSlot = elementsPerSlot(element);
    const width = slotsOf(element);
    const lengthOf = numberAt(places, member.slot, values);
    const keysOf: KeysOfPlace = (place) => {
      const length = lengthOf(place);
      if (length === 0n || length > LONGEST) return NO_KEYS;
      return numbers(0n, length - 1n, perSlot);
    };
    await this.#inBatches(places, keysOf, async (index, keys) => {
      const starts = this.#behindHash(places, member, index, (entry) => (BigInt(`0x${hexAt(keys, entry)}`) / perSlot) * width);
      const shape = perSlot > 1n ? ONE_WORD : shapeOfType(this.layout, typeId);
      await this.#visit({ shape, typeId, starts, count: index.length, within: { places, index, member, keys, kind: "element" } });
    });
  }

  /** A string of more than 31 bytes: twice its length and one in its slot, its bytes behind the hash. */
  async #visitChunks(places: Places, member: HashedMember, values: Uint8Array | undefined): Promise<void> {
    if (values === undefined) return;
    const headOf = numberAt(places, member.slot, values);
    const keysOf: KeysOfPlace = (place) => {
      const head = headOf(place);
      if (head % 2n === 0n || head >> 1n > LONGEST) return NO_KEYS;
      return numbers(0n, ((head >> 1n) + 31n) / 32n - 1n);
    };
    await this.#inBatches(places, keysOf, async (index, keys) => {
      const starts = this.#behindHash(places, member, index, (entry) => BigInt(`0x${hexAt(keys, entry)}`));
      await this.#visit({ shape: ONE_WORD, typeId: undefined, starts, count: index.length, within: { places, index, member, keys, kind: "chunk" } });
    });
  }

  #behindHash(places: Places, member: HashedMember, index: Uint32Array, distance: (entry: number) => bigint): Uint8Array {
    const starts = new Uint8Array(index.length * WORD);
    const head = new Uint8Array(WORD);
    const data = new Uint8Array(WORD);
    let hashed = -1;
    for (const [entry, place] of index.entries()) {
      if (place !== hashed) {
        addTo(places.starts, place * WORD, member.slot, head, 0);
        this.hash(undefined, 0, head, 0, data, 0);
        hashed = place;
      }
      addTo(data, 0, distance(entry), starts, entry * WORD);
    }
    return starts;
  }

  async #inBatches(places: Places, keysOf: KeysOfPlace, visit: (index: Uint32Array, keys: Uint8Array) => Promise<void>): Promise<void> {
    for (let place = 0, from = 0; place < places.count; ) {
      const parts: { place: number; keys: Uint8Array }[] = [];
      let room = BATCH * WORD;
      while (place < places.count && room > 0) {
        const all = keysOf(place);
        const keys = all.subarray(from, from + room);
        if (keys.length > 0) parts.push({ place, keys });
        room -= keys.length;
        from += keys.length;
        if (from < all.length) continue;
        place++;
        from = 0;
      }
      const count = BATCH - room / WORD;
      const index = new Uint32Array(count);
      const keys = new Uint8Array(count * WORD);
      let at = 0;
      for (const part of parts) {
        keys.set(part.keys, at * WORD);
        index.fill(part.place, at, at + part.keys.length / WORD);
        at += part.keys.length / WORD;
      }
      if (count > 0) await visit(index, keys);
    }
  }
}

/** The slots of all places, those of one place together. */
function slotsOfPlaces({ shape, starts, count }: Places): Uint8Array {
  const width = shape.slots.length;
  if (width === 1 && shape.slots[0] === 0n) return starts;
  const slots = new Uint8Array(count * width * WORD);
  let into = 0;
  const near = shape.slots.map((slot) => (slot < NEAR ? Number(slot) : undefined));
  for (let place = 0; place < count; place++) {
    for (const [index, slot] of near.entries()) {
      if (slot === undefined) addTo(starts, place * WORD, shape.slots[index] ?? 0n, slots, into);
      else addNear(starts, place * WORD, slot, slots, into);
      into += WORD;
    }
  }
  return slots;
}

function elementsPerSlot(element: LayoutType): bigint {
  const bytes = BigInt(element.numberOfBytes);
  const isPacked = element.encoding === "inplace" && element.members === undefined && element.base === undefined && bytes <= 16n;
  return isPacked ? 32n / bytes : 1n;
}
