/** A storage layout made ready for walking over many places of one type at once. Pure. */
import type { Layout, LayoutType } from "../../protocol/layout.ts";
import { elementPosition, fixedLength, slotsOf } from "../../simulation/layout-walk.ts";

/** A mapping, dynamic array or byte string: what it holds lies at hashes of its slot. */
export interface HashedMember {
  /** `transcoderPool.nodes`; empty for a type that is hashed itself, as the inner one of two mappings. */
  path: string;
  /** Relative to the place. */
  slot: bigint;
  type: LayoutType;
}

/** A number, address or other value in place: where its bytes are. */
export interface ValueMember {
  slot: bigint;
  offset: number;
  size: number;
  /** `key`: an address or an id, which may be a key elsewhere. */
  kind: "key" | "other";
}

/** What lies at a place of one type. */
export interface Shape {
  /** Relative slots that can hold something, ascending. */
  slots: readonly bigint[];
  hashed: readonly HashedMember[];
  /** By path within the place. */
  values: ReadonlyMap<string, ValueMember>;
}

/** Of a longer array only so many slots are looked at: no contract uses more of a gap. */
const LONGEST_FIXED_ARRAY = 1_024n;

/** The variables of a whole contract. Even the slot of a mapping itself is one that can hold something: an earlier version may have used it. */
export function shapeOfContract(layout: Layout): Shape {
  const builder = new ShapeBuilder(layout);
  for (const { label, slot, offset, type } of layout.storage) builder.add(type, BigInt(slot), offset, label);
  return builder.build(true);
}

const known = new WeakMap<Layout, Map<string, Shape>>();

/** What lies at a place of this type: of an entry of a mapping, or an element of an array. */
export function shapeOfType(layout: Layout, typeId: string): Shape {
  const shapes = known.get(layout) ?? new Map<string, Shape>();
  known.set(layout, shapes);
  const before = shapes.get(typeId);
  if (before !== undefined) return before;
  const builder = new ShapeBuilder(layout);
  builder.add(typeId, 0n, 0, "");
  const shape = builder.build(false);
  shapes.set(typeId, shape);
  return shape;
}

const leading = new WeakMap<LayoutType, boolean>();

/** Whether an address or an id can lie behind a mapping or array. */
export function leadsToKeys(layout: Layout, type: LayoutType): boolean {
  const known = leading.get(type);
  if (known !== undefined) return known;
  // A struct may hold an array of itself: it is not asked again on the way.
  leading.set(type, false);
  const inside = type.value ?? type.base;
  const shape = inside === undefined || type.encoding === "bytes" ? undefined : shapeOfType(layout, inside);
  const leads = shape !== undefined && ([...shape.values.values()].some(({ kind }) => kind === "key") || shape.hashed.some((member) => leadsToKeys(layout, member.type)));
  leading.set(type, leads);
  return leads;
}

/** One word, and nothing behind it: a piece of a byte string or of a packed array. */
export const ONE_WORD: Shape = { slots: [0n], hashed: [], values: new Map() };

class ShapeBuilder {
  readonly #layout: Layout;
  readonly #slots = new Set<bigint>();
  readonly #mappings = new Set<bigint>();
  readonly #hashed: HashedMember[] = [];
  readonly #values = new Map<string, ValueMember>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  add(typeId: string, slot: bigint, offset: number, path: string): void {
    const type = this.#layout.types[typeId];
    if (type === undefined) {
      this.#slots.add(slot);
      return;
    }
    if (type.encoding !== "inplace") {
      this.#hashed.push({ path, slot, type });
      if (type.encoding === "mapping") this.#mappings.add(slot);
      else {
        this.#slots.add(slot);
        this.#values.set(path, { slot, offset: 0, size: 32, kind: "other" });
      }
      return;
    }
    if (type.members !== undefined) {
      for (const member of type.members) this.add(member.type, slot + BigInt(member.slot), member.offset, path === "" ? member.label : `${path}.${member.label}`);
      return;
    }
    const element = type.base === undefined ? undefined : this.#layout.types[type.base];
    if (type.base !== undefined && element !== undefined) {
      const length = fixedLength(type);
      for (let index = 0n; index < length && index < LONGEST_FIXED_ARRAY; index += 1n) {
        const position = elementPosition(element, index);
        this.add(type.base, slot + position.slot, position.offset, `${path}[${index}]`);
      }
      return;
    }
    for (let word = 0n; word < slotsOf(type) && word < LONGEST_FIXED_ARRAY; word += 1n) this.#slots.add(slot + word);
    this.#values.set(path, { slot, offset, size: Math.min(32, Number(type.numberOfBytes)), kind: isKey(type) ? "key" : "other" });
  }

  build(withMappings: boolean): Shape {
    const slots = withMappings ? new Set([...this.#slots, ...this.#mappings]) : this.#slots;
    return { slots: [...slots].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), hashed: this.#hashed, values: this.#values };
  }
}

function isKey({ label, numberOfBytes }: LayoutType): boolean {
  return label === "bytes32" || numberOfBytes === "20";
}
