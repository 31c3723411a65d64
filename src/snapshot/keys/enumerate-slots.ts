import type { Layout } from "../../protocol/layout.ts";
import { compareWords, orderWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { WordSource } from "../state.ts";
import { bytesOfWords, KeyBook, type KeyMaterial } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { shapeOfContract } from "./shape.ts";
import type { Limits } from "./places.ts";
import { walkSlots } from "./slot-walk.ts";
import { wholeLayout } from "./whole-layout.ts";

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
  await walkSlots(source, address, wholeLayout(layout), bookOf(preimages), (_, slots) => found.push(slots), { limits });
  return distinct(joined(found)).slots;
}

/** The same slots with their words, each read once; zero words are among them. */
export async function enumerateWords(source: WordSource, { address, layout }: KnownContract, preimages: KeyMaterial, limits?: Limits): Promise<SlotWords> {
  const found: { slots: Uint8Array; values: Uint8Array | undefined }[] = [];
  await walkSlots(source, address, wholeLayout(layout), bookOf(preimages), (_, slots, values) => found.push({ slots, values }), { limits });
  const unread = joined(found.filter(({ values }) => values === undefined).map(({ slots }) => slots));
  const read = await source.readWords(address, unread);
  let at = 0;
  const values = found.map(({ slots, values: known }) => known ?? read.subarray(at, (at += slots.length)));
  return distinct(joined(found.map(({ slots }) => slots)), joined(values));
}

/** Slots of the variables themselves, without what mappings and arrays hold: all that most contracts without people in them have. */
export function slotsOfVariables(layout: Layout): Uint8Array {
  const { slots } = shapeOfContract(wholeLayout(layout));
  return bytesOfWords(slots.map((slot) => slot.toString(16).padStart(2 * WORD, "0")));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Sorted, each once. */
function distinct(slots: Uint8Array<ArrayBuffer>, values = new Uint8Array()): SlotWords {
  const count = slots.length / WORD;
  const kept = new Uint8Array(slots.length);
  const keptValues = new Uint8Array(values.length);
  const [fromSlots, toSlots] = [new Int32Array(slots.buffer), new Int32Array(kept.buffer)];
  const [fromValues, toValues] = [new Int32Array(values.buffer), new Int32Array(keptValues.buffer)];
  let end = 0;
  for (const index of orderWords(slots, count)) {
    if (end > 0 && compareWords(slots, index * WORD, kept, (end - 1) * WORD) === 0) continue;
    const [from, to] = [index * PARTS, end * PARTS];
    for (let part = 0; part < PARTS; part++) toSlots[to + part] = fromSlots[from + part] ?? 0;
    if (toValues.length > 0) for (let part = 0; part < PARTS; part++) toValues[to + part] = fromValues[from + part] ?? 0;
    end++;
  }
  if (end === count) return { slots: kept, values: keptValues, count };
  return { slots: kept.slice(0, end * WORD), values: keptValues.slice(0, end * WORD), count: end };
}
