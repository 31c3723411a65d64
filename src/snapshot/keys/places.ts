/** Many places of storage at once: where they are, and the words at them. Pure. */
import type { Layout } from "../../protocol/layout.ts";
import { hexAt, type KeyBook } from "./key-book.ts";
import type { HashedMember, Shape } from "./shape.ts";

const WORD = 32;

/** Places of one type, handled together: entries of a mapping, elements of arrays. */
export interface Places {
  shape: Shape;
  /** Undefined for the contract itself. */
  typeId: string | undefined;
  /** First slot of each place, 32 bytes. */
  starts: Uint8Array;
  count: number;
  /** What they are entries of; undefined for the contract itself. */
  within: { places: Places; index: Uint32Array; member: HashedMember; keys: Uint8Array; kind: "entry" | "element" | "chunk" } | undefined;
}

/** The keys of one place's mapping: words, one behind the other. */
export type KeysOfPlace = (place: number) => Uint8Array;

/** How far a walk goes where nothing says which keys were used. */
export interface Limits {
  /** Entries that are tried even where nothing says that they were ever used. */
  triedAnyway: number;
  /** Entries that are tried where each key could go with each place; beyond, only keys that were seen together. */
  triedEachWithEach: number;
}

/** What key rules may ask of the walk. */
export interface WalkContext {
  readonly layout: Layout;
  readonly book: KeyBook;
  readonly limits: Limits;
  read(slots: Uint8Array): Promise<Uint8Array>;
  /** Where the entry of a mapping lies, or (without a key) the data of an array. */
  hash(key: Uint8Array | undefined, keyAt: number, slot: Uint8Array, slotAt: number, into: Uint8Array, at: number): void;
}

export const NO_KEYS = new Uint8Array();

/** Numbers as words, both ends included. */
export function numbers(first: bigint, last: bigint, step = 1n): Uint8Array {
  if (last < first) return NO_KEYS;
  const count = Number((last - first) / step) + 1;
  const words = new Uint8Array(count * WORD);
  const view = new DataView(words.buffer);
  for (let at = 0; at < count; at++) view.setBigUint64(at * WORD + WORD - 8, first + BigInt(at) * step);
  return words;
}

/** Reads a word of each place as a number. */
export function numberAt({ shape }: Places, slot: bigint, values: Uint8Array): (place: number) => bigint {
  const width = shape.slots.length;
  const at = shape.slots.indexOf(slot);
  return (place) => (at < 0 ? 0n : BigInt(`0x${hexAt(values, place * width + at)}`));
}

/** Distances that are added without big integers. */
export const NEAR = 1n << 24n;

/** Writes `word + distance`, modulo 2^256. */
export function addTo(words: Uint8Array, at: number, distance: bigint, into: Uint8Array, intoAt: number): void {
  if (distance < NEAR) {
    addNear(words, at, Number(distance), into, intoAt);
    return;
  }
  const sum = BigInt.asUintN(256, BigInt(`0x${Buffer.from(words.buffer, words.byteOffset + at, WORD).toString("hex")}`) + distance);
  into.set(Buffer.from(sum.toString(16).padStart(2 * WORD, "0"), "hex"), intoAt);
}

export function addNear(words: Uint8Array, at: number, distance: number, into: Uint8Array, intoAt: number): void {
  let carry = distance;
  let byte = WORD - 1;
  for (; byte >= 0 && carry > 0; byte--) {
    const sum = (words[at + byte] ?? 0) + carry;
    into[intoAt + byte] = sum & 0xff;
    carry = sum >> 8;
  }
  for (; byte >= 0; byte--) into[intoAt + byte] = words[at + byte] ?? 0;
}
