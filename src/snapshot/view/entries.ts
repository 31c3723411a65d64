import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { LayoutItem } from "../../protocol/layout.ts";
import type { Storage } from "./cell.ts";

const WORD = 32;

/** Entries of one mapping under many keys, read member by member: for a hundred thousand accounts at once. */
export class Entries {
  readonly count: number;
  readonly #storage: Storage;
  readonly #typeId: string;
  readonly #slots: Uint8Array;

  /**
   * @param typeId of an entry
   * @param mapping the slot of the mapping, 32 bytes
   * @param keys 32 bytes each
   */
  constructor(storage: Storage, typeId: string, mapping: Uint8Array, keys: Uint8Array) {
    this.#storage = storage;
    this.#typeId = typeId;
    this.count = keys.length / WORD;
    this.#slots = new Uint8Array(keys.length);
    const input = new Uint8Array(2 * WORD);
    input.set(mapping, WORD);
    for (let at = 0; at < keys.length; at += WORD) {
      for (let byte = 0; byte < WORD; byte++) input[byte] = keys[at + byte] ?? 0;
      storage.keccak.hash(input, 0, 2 * WORD, this.#slots, at);
    }
  }

  /** Numbers of one member by the place of their key; of a mapping to plain values, those values. */
  numbers(member?: string): (place: number) => bigint {
    const { positions, offset, size } = this.#find(member);
    const { words } = this.#storage;
    return (place) => {
      const position = positions[place] ?? -1;
      return position < 0 ? 0n : words.numberAt(position, offset, size);
    };
  }

  addresses(member: string): (place: number) => Address {
    const { positions, offset } = this.#find(member);
    const { words, addresses } = this.#storage;
    return (place) => {
      const position = positions[place] ?? -1;
      return position < 0 ? ZERO_ADDRESS : addresses.of(words.bytesAt(position, offset, 20));
    };
  }

  #find(label: string | undefined): { positions: Int32Array; offset: number; size: number } {
    const { layout, words, contract } = this.#storage;
    const type = layout.types[this.#typeId];
    const item: LayoutItem | undefined = label === undefined ? { label: "", slot: "0", offset: 0, type: this.#typeId } : type?.members?.find((member) => member.label === label);
    const bytes = item === undefined ? undefined : layout.types[item.type]?.numberOfBytes;
    if (item === undefined || bytes === undefined) throw new RangeError(`${contract} has no member ${label ?? ""} in ${type?.label ?? this.#typeId}`);
    return { positions: words.positions(this.#after(Number(item.slot))), offset: item.offset, size: Math.min(WORD, Number(bytes)) };
  }

  /** All slots, so many further. */
  #after(distance: number): Uint8Array {
    if (distance === 0) return this.#slots;
    const slots = this.#slots.slice();
    for (let end = WORD - 1; end < slots.length; end += WORD) {
      let carry = distance;
      for (let at = end; carry > 0 && at > end - WORD; at--) {
        const sum = (slots[at] ?? 0) + carry;
        slots[at] = sum;
        carry = sum >>> 8;
      }
    }
    return slots;
  }
}
