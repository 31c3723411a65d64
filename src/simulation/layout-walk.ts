/** Walks a solc storage layout: which variables live in a given slot. Pure. */
import type { Layout, LayoutItem, LayoutType } from "../protocol/layout.ts";

export type { Layout, LayoutItem, LayoutType };

/** A variable that cannot be taken apart further inside its slot. */
export interface Leaf {
  /** `jobs[3].claims[0].status` */
  path: string;
  typeId: string;
  type: LayoutType;
  /** First slot of the variable. */
  start: bigint;
  /** Bytes from the low end of the slot, and how many bytes the variable takes there. */
  offset: number;
  size: number;
  /** Set for a word of the data of a long `bytes` or `string`: which word. */
  chunk?: bigint;
}

const WORD = 32n;

/** Slots that a variable of this type takes in place. */
export function slotsOf(type: LayoutType): bigint {
  const bytes = BigInt(type.numberOfBytes);
  return bytes <= WORD ? 1n : (bytes + WORD - 1n) / WORD;
}

/** Elements of a fixed array, from its label (`uint8[10]`, `struct A.In[3][2]`: the outermost is the last). */
export function fixedLength(type: LayoutType): bigint {
  const count = /\[(\d+)\]$/.exec(type.label)?.[1];
  return count === undefined ? 0n : BigInt(count);
}

/** Where element `index` of an array lies, relative to the start of its data. */
export function elementPosition(element: LayoutType, index: bigint): { slot: bigint; offset: number } {
  const bytes = BigInt(element.numberOfBytes);
  if (!isPacked(element)) return { slot: index * slotsOf(element), offset: 0 };
  const perSlot = WORD / bytes;
  return { slot: index / perSlot, offset: Number((index % perSlot) * bytes) };
}

/** Small values share a slot; structs, arrays and everything above 16 bytes start a new one. */
function isPacked(element: LayoutType): boolean {
  return element.encoding === "inplace" && element.members === undefined && element.base === undefined && Number(element.numberOfBytes) <= 16;
}

/** The variables of a layout that lie in `slot` in place: without what mappings and dynamic arrays hold. */
export function staticLeaves(layout: Layout, slot: bigint): Leaf[] {
  const leaves: Leaf[] = [];
  for (const { item, name, start, end } of rangesOf(layout)) {
    if (slot >= start && slot < end) collect(layout, item.type, start, item.offset, name, slot, leaves);
  }
  return leaves;
}

interface Range {
  item: LayoutItem;
  /** `_name@154` where a contract and one that it inherits from both have a private `_name`: by its slot. */
  name: string;
  start: bigint;
  end: bigint;
}

const ranges = new WeakMap<Layout, Range[]>();

/** Worked out once: a layout is asked for thousands of slots. */
function rangesOf(layout: Layout): Range[] {
  let known = ranges.get(layout);
  if (known === undefined) {
    const counts = new Map<string, number>();
    for (const { label } of layout.storage) counts.set(label, (counts.get(label) ?? 0) + 1);
    known = layout.storage.map((item): Range => {
      const start = BigInt(item.slot);
      const type = layout.types[item.type];
      const name = item.label !== "" && (counts.get(item.label) ?? 0) > 1 ? `${item.label}@${item.slot}` : item.label;
      return { item, name, start, end: start + (type === undefined ? 1n : slotsOf(type)) };
    });
    ranges.set(layout, known);
  }
  return known;
}

/** The parts of one variable of type `typeId`, starting at `start`, that lie in `slot`. */
export function leavesOf(layout: Layout, typeId: string, start: bigint, offset: number, path: string, slot: bigint): Leaf[] {
  const leaves: Leaf[] = [];
  collect(layout, typeId, start, offset, path, slot, leaves);
  return leaves;
}

/** The elements of an array's data (starting at `start`) that lie in `slot`; `count` bounds a fixed array. */
export function elementLeaves(
  layout: Layout,
  elementId: string,
  start: bigint,
  path: string,
  slot: bigint,
  count: bigint | undefined,
): Leaf[] {
  const element = layout.types[elementId];
  if (element === undefined || slot < start) return [];
  const leaves: Leaf[] = [];
  const relative = slot - start;
  const perSlot = isPacked(element) ? WORD / BigInt(element.numberOfBytes) : 1n;
  const first = isPacked(element) ? relative * perSlot : relative / slotsOf(element);
  for (let index = first; index < first + perSlot && (count === undefined || index < count); index += 1n) {
    const position = elementPosition(element, index);
    collect(layout, elementId, start + position.slot, position.offset, `${path}[${index}]`, slot, leaves);
  }
  return leaves;
}

function collect(layout: Layout, typeId: string, start: bigint, offset: number, path: string, slot: bigint, into: Leaf[]): void {
  const type = layout.types[typeId];
  if (type === undefined || slot < start || slot >= start + slotsOf(type)) return;
  if (type.encoding === "inplace" && type.members !== undefined) {
    for (const member of type.members) {
      collect(layout, member.type, start + BigInt(member.slot), member.offset, member.label === "" ? path : `${path}.${member.label}`, slot, into);
    }
  } else if (type.encoding === "inplace" && type.base !== undefined) {
    into.push(...elementLeaves(layout, type.base, start, path, slot, fixedLength(type)));
  } else {
    into.push({ path, typeId, type, start, offset, size: Math.min(32, Number(type.numberOfBytes)) });
  }
}

/** A mapping, dynamic array, `bytes` or `string`: what it holds lies at hashes of `start`. */
export interface HashedVariable {
  typeId: string;
  type: LayoutType;
  start: bigint;
}

/**
 * Every mapping, dynamic array and byte string that lies in place inside a variable. At most `limit` elements of
 * each fixed array are visited, so that a large gap costs nothing.
 */
export function hashedVariables(layout: Layout, typeId: string, start: bigint, limit: bigint): HashedVariable[] {
  const type = layout.types[typeId];
  if (type === undefined) return [];
  if (type.encoding !== "inplace") return [{ typeId, type, start }];
  if (type.members !== undefined) {
    return type.members.flatMap((member) => hashedVariables(layout, member.type, start + BigInt(member.slot), limit));
  }
  const element = type.base === undefined ? undefined : layout.types[type.base];
  if (type.base === undefined || element === undefined || isPacked(element)) return [];
  const found: HashedVariable[] = [];
  const count = fixedLength(type);
  for (let index = 0n; index < count && index < limit; index += 1n) {
    const inside = hashedVariables(layout, type.base, start + index * slotsOf(element), limit);
    if (inside.length === 0) break;
    found.push(...inside);
  }
  return found;
}
