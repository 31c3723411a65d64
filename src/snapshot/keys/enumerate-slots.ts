import type { Layout } from "../../protocol/layout.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { WordSource } from "../state.ts";
import { bytesOfWords, KeyBook, type KeyMaterial } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { shapeOfContract } from "./shape.ts";
import { walkSlots, type Limits } from "./slot-walk.ts";

const WORD = 32;
/** Words are copied four bytes at a time. */
const PARTS = WORD / 4;
const books = new WeakMap<KeyMaterial, KeyBook>();

/** Made once: the same keys are tried on every contract. */
export function bookOf(preimages: KeyMaterial): KeyBook {
  const book = books.get(preimages) ?? new KeyBook(preimages);
  books.set(preimages, book);
  return book;
}

/**
 * Every slot that a contract can have something in, as far as its layout and the keys go: 32 bytes each, each once, ascending. What
 * lies in some of them has to be read on the way: lengths of arrays, counters, which entries were ever used.
 */
export async function enumerateSlots(source: WordSource, { address, layout }: KnownContract, preimages: KeyMaterial, limits?: Limits): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  await walkSlots(source, address, layout, bookOf(preimages), (_, slots) => found.push(slots), limits);
  return distinct(found);
}

/** Slots of the variables themselves, without what mappings and arrays hold: all that most contracts without people in them have. */
export function slotsOfVariables(layout: Layout): Uint8Array {
  const { slots } = shapeOfContract(layout);
  return bytesOfWords(slots.map((slot) => slot.toString(16).padStart(2 * WORD, "0")));
}

/** The same slots with their words, each read once; zero words are among them. */
export async function enumerateWords(source: WordSource, contract: KnownContract, preimages: KeyMaterial, limits?: Limits): Promise<SlotWords> {
  const slots = await enumerateSlots(source, contract, preimages, limits);
  return { slots, values: await source.readWords(contract.address, slots), count: slots.length / WORD };
}

function distinct(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const count = all.length / WORD;
  const from = new Int32Array(all.buffer);
  const kept = new Uint8Array(all.length);
  const to = new Int32Array(kept.buffer);
  let end = 0;
  for (const index of orderWords(all, count)) {
    if (end > 0 && compareWords(all, index * WORD, kept, (end - 1) * WORD) === 0) continue;
    for (let part = 0; part < PARTS; part++) to[end * PARTS + part] = from[index * PARTS + part] ?? 0;
    end++;
  }
  return end === count ? kept : kept.slice(0, end * WORD);
}
