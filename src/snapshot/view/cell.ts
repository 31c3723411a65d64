import type { Address, Hex } from "../../protocol/hex.ts";
import type { KeccakInto } from "../../protocol/keccak-into.ts";
import type { Layout, LayoutItem, LayoutType } from "../../protocol/layout.ts";
import { elementPosition, fixedLength } from "../../simulation/layout-walk.ts";
import type { AddressBytes } from "./address-bytes.ts";
import { Entries } from "./entries.ts";
import { dataSlotOf, entrySlot, slotAfter, slotBytes, wordBytes } from "./slot-bytes.ts";
import type { WordIndex } from "./word-index.ts";

/** What all variables of one contract are read with. */
export interface Storage {
  /** For messages. */
  contract: string;
  layout: Layout;
  words: WordIndex;
  keccak: KeccakInto;
  addresses: AddressBytes;
}

/** A member's name, an index, or a mapping's key. */
export type PathPart = string | bigint;

/** A variable at its place in the storage of a contract, whatever its type. Reads nothing until it is asked for its value. */
export class Cell {
  readonly typeId: string;
  readonly #storage: Storage;
  readonly #slot: Uint8Array;
  readonly #offset: number;

  constructor(storage: Storage, typeId: string, slot: Uint8Array, offset: number) {
    this.#storage = storage;
    this.typeId = typeId;
    this.#slot = slot;
    this.#offset = offset;
  }

  get type(): LayoutType {
    const type = this.#storage.layout.types[this.typeId];
    if (type === undefined) throw this.#wrong(`no type ${this.typeId}`);
    return type;
  }

  /** A member of a struct. @throws RangeError where it has none of that name */
  member(label: string): Cell {
    const item = membersOf(this.type)?.get(label);
    if (item === undefined) throw this.#wrong(`no member ${label} in ${this.type.label}`);
    return new Cell(this.#storage, item.typeId, item.slot === 0 ? this.#slot : slotAfter(this.#slot, item.slot), item.offset);
  }

  hasMember(label: string): boolean {
    return membersOf(this.type)?.has(label) ?? false;
  }

  /** An entry of a mapping, or an element of an array, whose length is not looked at. */
  at(key: Hex | bigint): Cell {
    const { type } = this;
    const { keccak, layout } = this.#storage;
    if (type.encoding === "mapping" && type.value !== undefined) return new Cell(this.#storage, type.value, entrySlot(keccak, wordBytes(key), this.#slot), 0);
    const element = type.base === undefined ? undefined : layout.types[type.base];
    if (type.base === undefined || element === undefined || typeof key !== "bigint") throw this.#wrong(`${type.label} has no entries`);
    const { slot, offset } = elementPosition(element, key);
    const start = type.encoding === "dynamic_array" ? dataSlotOf(keccak, this.#slot) : this.#slot;
    return new Cell(this.#storage, type.base, slotAfter(start, slot), offset);
  }

  /** Entries of a mapping under many keys at once. @param keys 32 bytes each */
  entries(keys: Uint8Array): Entries {
    const { type } = this;
    if (type.encoding !== "mapping" || type.value === undefined) throw this.#wrong(`${type.label} has no entries`);
    return new Entries(this.#storage, type.value, this.#slot, keys);
  }

  /** The way further inside: `["bondedAmount"]`, `[0n, "amount"]`. */
  walk(path: readonly PathPart[]): Cell {
    return path.reduce<Cell>((cell, part) => (typeof part === "bigint" || cell.type.encoding !== "inplace" || cell.type.members === undefined ? cell.at(part as Hex | bigint) : cell.member(part)), this);
  }

  /** How many elements an array has. */
  get length(): bigint {
    return this.type.encoding === "dynamic_array" ? this.#storage.words.number(this.#slot, 0, 32) : fixedLength(this.type);
  }

  /** Unsigned, whatever the type: a number, an address, 32 bytes. */
  number(): bigint {
    return this.#storage.words.number(this.#slot, this.#offset, Math.min(32, Number(this.type.numberOfBytes)));
  }

  flag(): boolean {
    return this.number() !== 0n;
  }

  address(): Address {
    return this.#storage.addresses.of(this.#storage.words.bytes(this.#slot, this.#offset, 20));
  }

  /** As many bytes as the type has. */
  hex(): Hex {
    const size = Math.min(32, Number(this.type.numberOfBytes));
    const bytes = this.#storage.words.bytes(this.#slot, this.#offset, size);
    return `0x${bytes === undefined ? "00".repeat(size) : Buffer.from(bytes).toString("hex")}`;
  }

  /** A `bytes` or `string`; short ones lie in place, with twice their length in the last byte. */
  bytes(): Uint8Array {
    const { words, keccak } = this.#storage;
    const head = words.bytes(this.#slot, 0, 32);
    if (head === undefined) return new Uint8Array();
    const last = head[31] ?? 0;
    if (last % 2 === 0) return head.slice(0, Math.min(31, last / 2));
    const length = (words.number(this.#slot, 0, 32) - 1n) / 2n;
    if (length > MOST_BYTES) throw this.#wrong(`${length} bytes in a string`);
    const whole = new Uint8Array(Number(length));
    const data = dataSlotOf(keccak, this.#slot);
    for (let at = 0; at < whole.length; at += 32) {
      const chunk = words.bytes(slotAfter(data, at / 32), 0, 32);
      if (chunk !== undefined) whole.set(chunk.subarray(0, Math.min(32, whole.length - at)), at);
    }
    return whole;
  }

  text(): string {
    return Buffer.from(this.bytes()).toString("utf8");
  }

  /** In place, as 32 bytes of hex. */
  get slot(): Hex {
    return `0x${Buffer.from(this.#slot).toString("hex")}`;
  }

  #wrong(why: string): RangeError {
    return new RangeError(`${this.#storage.contract} has ${why}`);
  }
}

/** What is longer was never a string of a protocol. */
const MOST_BYTES = 16_000_000n;

interface Placed {
  typeId: string;
  slot: number;
  offset: number;
}

const members = new WeakMap<LayoutType, Map<string, Placed>>();
const variables = new WeakMap<Layout, Map<string, LayoutItem>>();

function membersOf(type: LayoutType): Map<string, Placed> | undefined {
  if (type.members === undefined) return undefined;
  let known = members.get(type);
  if (known === undefined) members.set(type, (known = new Map(type.members.map(({ label, slot, offset, type: typeId }) => [label, { typeId, slot: Number(slot), offset }]))));
  return known;
}

/** The variable of a contract that has this name; the first, where a contract and one that it inherits from both have one. */
export function variableIn(storage: Storage, label: string): Cell | undefined {
  let known = variables.get(storage.layout);
  if (known === undefined) variables.set(storage.layout, (known = new Map(storage.layout.storage.toReversed().map((item) => [item.label, item]))));
  const item = known.get(label);
  return item === undefined ? undefined : new Cell(storage, item.type, slotBytes(BigInt(item.slot)), item.offset);
}
