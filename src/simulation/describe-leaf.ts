/** What a changed variable was and is, as text. Pure. */
import { WELL_KNOWN_SLOTS } from "../protocol/storage-slots.ts";
import { decodeBytesHead, formatChunk } from "./decode-byte-string.ts";
import { formatValue, type Names } from "./format-word.ts";
import type { Leaf } from "./layout-walk.ts";
import { dataSlot } from "./slot-hash.ts";

export interface LeafText {
  /** Undefined when nothing explains these bytes. */
  path?: string | undefined;
  type?: string | undefined;
  beforeText?: string | undefined;
  afterText?: string | undefined;
}

/** What the text of one word may need of others. */
export interface WordsAround {
  names: Names;
  /** The word at a slot that changed, 64 digits without `0x`; undefined where it did not. */
  wordAt: (slot: bigint, side: "before" | "after") => string | undefined;
}

const WORD_DIGITS = 64;

/**
 * @param was the variable's own bytes before, as hex digits without `0x`
 * @param is the same bytes after
 */
export function describeLeaf(leaf: Leaf, was: string, is: string, { names, wordAt }: WordsAround): LeafText {
  const { label } = leaf.type;
  if (leaf.chunk !== undefined) {
    const first = leaf.chunk * 32n;
    const path = `${leaf.path} (bytes ${first} to ${first + 31n})`;
    return { path, type: label, beforeText: formatChunk(label, was), afterText: formatChunk(label, is) };
  }
  if (leaf.type.encoding === "dynamic_array") {
    return { path: `${leaf.path}.length`, type: "uint256", beforeText: BigInt(`0x${was}`).toString(), afterText: BigInt(`0x${is}`).toString() };
  }
  if (leaf.type.encoding === "bytes") {
    const base = dataSlot(leaf.start);
    const chunkAt = (side: "before" | "after") => (chunk: bigint) => wordAt(base + chunk, side);
    return {
      path: leaf.path,
      type: label,
      beforeText: decodeBytesHead(label, was, chunkAt("before")),
      afterText: decodeBytesHead(label, is, chunkAt("after")),
    };
  }
  return {
    path: leaf.path,
    type: label,
    beforeText: formatValue(leaf.typeId, leaf.type, was, names),
    afterText: formatValue(leaf.typeId, leaf.type, is, names),
  };
}

/** Slots that standards and Safe's contracts fix, whatever the layout says: `erc1967.implementation`. Nothing for any other slot. */
export function describeWellKnown(slot: bigint, was: string, is: string, names: Names): LeafText {
  const known = WELL_KNOWN_SLOTS.find((candidate) => BigInt(candidate.slot) === slot);
  if (known === undefined) return {};
  const bits = /^uint(\d+)$/.exec(known.type)?.[1];
  const size = known.type === "address" ? 20 : bits === undefined ? 32 : Number(bits) / 8;
  const type = { encoding: "inplace" as const, label: known.type, numberOfBytes: String(size) };
  const text = (word: string): string => formatValue(`t_${known.type}`, type, word.slice(WORD_DIGITS - size * 2), names);
  return { path: known.name, type: known.type, beforeText: text(was), afterText: text(is) };
}
