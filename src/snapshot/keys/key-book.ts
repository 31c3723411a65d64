/** What keys of mappings are tried, by type. Pure. */
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import type { Layout, LayoutType } from "../../protocol/layout.ts";
import type { Preimages } from "../state.ts";

/** What mapping keys can be made of, and which of them belong together. */
export type KeyMaterial = Pick<Preimages, "addresses" | "words" | "together">;

const WORD = 32;
/** Sentinels of linked lists, and what stands for nothing. */
const ALWAYS: readonly Address[] = [ZERO_ADDRESS, "0x0000000000000000000000000000000000000001"];
/** Words up to here are numbers, not ids: they say between which numbers rounds lie. */
const LARGEST_NUMBER = 1n << 40n;
/** Numbers that are tried where nothing says how many there are. */
const SMALL_NUMBERS = 256n;

/** Words of 32 bytes, one behind the other, each once. */
export type Words = Uint8Array;

export class KeyBook {
  /** Lowest and highest number that is a key of what is kept by round. */
  readonly rounds: { first: bigint; last: bigint };
  readonly #addresses: Words;
  readonly #ids: readonly Hex[];
  readonly #together = new Map<string, Set<string>>();
  readonly #byType = new Map<string, Words>();

  constructor({ addresses, words, together }: KeyMaterial) {
    const unique = [...new Set([...ALWAYS, ...addresses].map((address) => address.slice(2).toLowerCase().padStart(2 * WORD, "0")))];
    this.#addresses = bytesOfWords(unique);
    const numbers = words.map((word) => BigInt(word)).filter((word) => word < LARGEST_NUMBER);
    const sorted = numbers.sort((a, b) => (a < b ? -1 : 1));
    this.rounds = { first: sorted.length < 2 ? 0n : (sorted[0] ?? 0n), last: sorted.at(-1) ?? 0n };
    this.#ids = words.filter((word) => BigInt(word) >= LARGEST_NUMBER);
    for (const pair of together ?? []) {
      const [outer, inner] = [pair.slice(2, 2 + 2 * WORD), pair.slice(2 + 2 * WORD)];
      const known = this.#together.get(outer);
      if (known === undefined) this.#together.set(outer, new Set([inner]));
      else known.add(inner);
    }
  }

  /** Keys that were seen together with this one. @param word digits without `0x` */
  seenWith(word: string): ReadonlySet<string> | undefined {
    return this.#together.get(word);
  }

  /** All keys of a type that come to mind. */
  keysOf(layout: Layout, typeId: string | undefined): Words {
    const id = typeId ?? "?";
    const type = typeId === undefined ? undefined : layout.types[typeId];
    const kind = `${bareId(id)} ${type?.numberOfBytes ?? ""}`;
    const before = this.#byType.get(kind);
    if (before !== undefined) return before;
    const keys = this.#make(bareId(id), type);
    this.#byType.set(kind, keys);
    return keys;
  }

  #make(id: string, type: LayoutType | undefined): Words {
    // Hashed as they are, without being padded: nobody could list them.
    if (id.startsWith("t_string") || id.startsWith("t_bytes_")) return new Uint8Array();
    if (isAddress(id, type)) return this.#addresses;
    const bytes = type === undefined ? WORD : Number(type.numberOfBytes);
    const digits = this.#ids.map((word) => word.slice(2));
    if (/^t_bytes\d+$/.test(id)) return bytesOfWords(distinct(["0".repeat(2 * WORD), ...digits.filter((word) => /^0*$/.test(word.slice(2 * bytes)))]));
    const fitting = digits.filter((word) => /^0*$/.test(word.slice(0, 2 * (WORD - bytes))));
    const most = bytes >= 2 ? SMALL_NUMBERS : 1n << BigInt(8 * bytes);
    const small = Array.from({ length: Number(most) }, (_, number) => number.toString(16).padStart(2 * WORD, "0"));
    return bytesOfWords(distinct([...small, ...fitting]));
  }
}

export function isAddress(id: string, type: LayoutType | undefined): boolean {
  const bare = bareId(id);
  return bare.startsWith("t_address") || bare.startsWith("t_contract") || (bare.startsWith("t_userDefinedValueType") && type?.numberOfBytes === "20");
}

/** Ids that two layouts share are told apart by what follows `@`. */
function bareId(id: string): string {
  const at = id.indexOf("@");
  return at < 0 ? id : id.slice(0, at);
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}

/** @param words digits without `0x` */
export function bytesOfWords(words: readonly string[]): Words {
  const bytes = new Uint8Array(words.length * WORD);
  for (const [index, word] of words.entries()) bytes.set(Buffer.from(word, "hex"), index * WORD);
  return bytes;
}

export function wordsOf(bytes: Words): string[] {
  return Array.from({ length: bytes.length / WORD }, (_, index) => hexAt(bytes, index));
}

/** A word as digits without `0x`. */
export function hexAt(words: Words, index: number): string {
  return Buffer.from(words.buffer, words.byteOffset + index * WORD, WORD).toString("hex");
}
