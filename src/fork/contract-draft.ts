import type { Address, Hex } from "../protocol/hex.ts";
import { ZERO_HASH } from "../protocol/hex.ts";
import { compareWords } from "../protocol/order-words.ts";
import type { SlotWords } from "../snapshot/trie/storage-root.ts";
import { WordIndex } from "../snapshot/view/word-index.ts";
import { ErasedWords, type LeftWords } from "./leave/left-words.ts";

const WORD = 32;

/** A word that the fork has otherwise than the snapshot, and why. */
export interface WordOverride {
  slot: Hex;
  /** `lastRoundLengthUpdateStartBlock`; undefined where nothing explains the slot. */
  name: string | undefined;
  before: Hex;
  after: Hex;
  why: string;
}

/** What one contract is to become on a fork: the words of the snapshot, but for those that are declared. */
export class ContractDraft {
  readonly name: string;
  /** Of the snapshot, without the stake that left. */
  readonly before: SlotWords;
  /** On the fork. */
  readonly address: Address;
  readonly #index: WordIndex;
  readonly #overrides = new Map<Hex, WordOverride>();
  #left: LeftWords | undefined;

  constructor(name: string, address: Address, before: SlotWords) {
    this.name = name;
    this.address = address;
    this.before = before;
    this.#index = new WordIndex(before);
  }

  /** Declares what `before` has otherwise than the snapshot already, because stake left. */
  declareLeft(left: LeftWords | undefined): void {
    this.#left = left;
  }

  /** As it is going to be. */
  word(slot: Hex): Hex {
    return this.#overrides.get(slot)?.after ?? this.wordBefore(slot);
  }

  wordBefore(slot: Hex): Hex {
    const bytes = this.#index.bytes(Buffer.from(slot.slice(2), "hex"), 0, WORD);
    return bytes === undefined ? ZERO_HASH : `0x${Buffer.from(bytes).toString("hex")}`;
  }

  /** Declares another word; the same word again declares nothing. */
  set(slot: Hex, word: Hex, name: string | undefined, why: string): void {
    const known = this.#overrides.get(slot);
    const before = known?.before ?? this.wordBefore(slot);
    if (before === word) this.#overrides.delete(slot);
    else this.#overrides.set(slot, { slot, name: name ?? known?.name, before, after: word, why });
  }

  /** Declares another value for `size` bytes of a word, `offset` bytes from its low end. */
  setPart(slot: Hex, { offset, size }: { offset: number; size: number }, value: bigint, name: string | undefined, why: string): void {
    const mask = ((1n << BigInt(8 * size)) - 1n) << BigInt(8 * offset);
    const word = (BigInt(this.word(slot)) & ~mask) | ((value << BigInt(8 * offset)) & mask);
    this.set(slot, wordOf(word), name, why);
  }

  /** All but those of accounts that left with their stake. */
  get overrides(): WordOverride[] {
    const all = new Map(this.#left?.declared.map((override) => [override.slot, override]));
    for (const [slot, own] of this.#overrides) {
      const left = all.get(slot);
      const both = left === undefined ? own : { ...own, before: left.before, why: `${left.why}; ${own.why}` };
      if (both.before === both.after) all.delete(slot);
      else all.set(slot, both);
    }
    return ascending(all.values());
  }

  /** What accounts had that left with their stake, and nobody has now. */
  get erased(): ErasedWords {
    return this.#left?.erased ?? ErasedWords.NONE;
  }

  overrideAt(slot: Hex): WordOverride | undefined {
    return this.#overrides.get(slot);
  }

  /** All words as they are going to be: ascending, none zero. */
  words(): SlotWords {
    return mergeWords(this.before, ascending(this.#overrides.values()).map(({ slot, after }) => [slot, after] as const));
  }
}

function ascending(overrides: Iterable<WordOverride>): WordOverride[] {
  return [...overrides].sort((left, right) => (left.slot < right.slot ? -1 : 1));
}

/** A number as 32 bytes. */
export function wordOf(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(2 * WORD, "0")}`;
}

/**
 * Words with some of them replaced, ascending, none zero.
 * @param base ascending, each slot once
 * @param replaced ascending by slot, each once; a word of zero takes a slot out
 */
export function mergeWords(base: SlotWords, replaced: readonly (readonly [slot: Hex, word: Hex])[]): SlotWords {
  const slots = new Uint8Array((base.count + replaced.length) * WORD);
  const values = new Uint8Array(slots.length);
  let count = 0;
  const add = (slot: Uint8Array, word: Uint8Array): void => {
    if (word.every((byte) => byte === 0)) return;
    slots.set(slot, count * WORD);
    values.set(word, count * WORD);
    count++;
  };
  let at = 0;
  const at32 = (bytes: Uint8Array, index: number): Uint8Array => bytes.subarray(index * WORD, index * WORD + WORD);
  for (const [slotHex, wordHex] of replaced) {
    const slot = Buffer.from(slotHex.slice(2), "hex");
    for (; at < base.count && compareWords(base.slots, at * WORD, slot, 0) < 0; at++) add(at32(base.slots, at), at32(base.values, at));
    if (at < base.count && compareWords(base.slots, at * WORD, slot, 0) === 0) at++;
    add(slot, Buffer.from(wordHex.slice(2), "hex"));
  }
  // The rest in one piece: nearly all words are not replaced.
  const rest = base.count - at;
  slots.set(base.slots.subarray(at * WORD, base.count * WORD), count * WORD);
  values.set(base.values.subarray(at * WORD, base.count * WORD), count * WORD);
  count += rest;
  return { slots: slots.slice(0, count * WORD), values: values.slice(0, count * WORD), count };
}
