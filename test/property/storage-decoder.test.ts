import fc from "fast-check";
import { keccak256 } from "ethers";
import { expect, test } from "vitest";
import type { Hex } from "../../src/protocol/hex.ts";
import { decodeStorage, type SlotChange } from "../../src/simulation/decode-storage.ts";
import type { Layout, LayoutItem, LayoutType } from "../../src/simulation/layout-walk.ts";

/**
 * Random types are laid out by the rules of the Solidity manual, written here a second time and in the other
 * direction: from values to words. Decoding the words must give the values back, each under its name.
 */
type Shape =
  | { kind: "uint"; bytes: number; value: bigint }
  | { kind: "address"; value: bigint }
  | { kind: "bool"; value: bigint }
  | { kind: "struct"; members: Shape[] }
  | { kind: "fixed"; element: Shape; count: number }
  | { kind: "dynamic"; element: Shape; count: number }
  | { kind: "mapping"; key: bigint; value: Shape }
  | { kind: "string"; text: string };

const uint = fc
  .integer({ min: 1, max: 32 })
  .chain((bytes) => fc.record({ kind: fc.constant("uint" as const), bytes: fc.constant(bytes), value: fc.bigInt({ min: 1n, max: (1n << BigInt(bytes * 8)) - 1n }) }));
const address = fc.record({ kind: fc.constant("address" as const), value: fc.bigInt({ min: 1n, max: (1n << 160n) - 1n }) });
const bool = fc.constant({ kind: "bool" as const, value: 1n });
const text = fc.record({ kind: fc.constant("string" as const), text: fc.stringMatching(/^[a-z]{1,100}$/) });

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    uint,
    address,
    bool,
    text,
    fc.record({ kind: fc.constant("struct" as const), members: fc.array(tie("shape"), { minLength: 1, maxLength: 4 }) }),
    fc.record({ kind: fc.constant("fixed" as const), element: tie("shape"), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("dynamic" as const), element: tie("shape"), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("mapping" as const), key: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), value: tie("shape") }),
  ),
}));

const hex = (value: bigint) => value.toString(16).padStart(64, "0");

class Storage {
  readonly types: Record<string, LayoutType> = {};
  readonly words = new Map<bigint, bigint>();
  readonly preimages: Hex[] = [];
  /** Expected path -> value in decimal, or text. */
  readonly expected = new Map<string, string>();
  #structs = 0;

  /** Registers the type and returns its id. */
  type(shape: Shape): string {
    const [id, type] = this.#describe(shape);
    this.types[id] = type;
    return id;
  }

  #describe(shape: Shape): [string, LayoutType] {
    switch (shape.kind) {
      case "uint":
        return [`t_uint${shape.bytes * 8}`, { encoding: "inplace", label: `uint${shape.bytes * 8}`, numberOfBytes: String(shape.bytes) }];
      case "address":
        return ["t_address", { encoding: "inplace", label: "address", numberOfBytes: "20" }];
      case "bool":
        return ["t_bool", { encoding: "inplace", label: "bool", numberOfBytes: "1" }];
      case "string":
        return ["t_string_storage", { encoding: "bytes", label: "string", numberOfBytes: "32" }];
      case "struct": {
        const { items, slots } = this.place(shape.members, (index) => `m${index}`);
        this.#structs += 1;
        return [`t_struct(S)${this.#structs}_storage`, { encoding: "inplace", label: `struct S${this.#structs}`, numberOfBytes: String(slots * 32n), members: items }];
      }
      case "fixed": {
        const base = this.type(shape.element);
        const label = `${this.types[base]?.label}[${shape.count}]`;
        const bytes = this.arraySlots(base, BigInt(shape.count)) * 32n;
        return [`t_array(${base})${shape.count}_storage`, { encoding: "inplace", label, numberOfBytes: String(bytes), base }];
      }
      case "dynamic": {
        const base = this.type(shape.element);
        return [`t_array(${base})dyn_storage`, { encoding: "dynamic_array", label: `${this.types[base]?.label}[]`, numberOfBytes: "32", base }];
      }
      case "mapping": {
        const value = this.type(shape.value);
        this.types["t_uint256"] = { encoding: "inplace", label: "uint256", numberOfBytes: "32" };
        return [`t_mapping(t_uint256,${value})`, { encoding: "mapping", label: "mapping", numberOfBytes: "32", key: "t_uint256", value }];
      }
    }
  }

  isValue(id: string): boolean {
    return /^t_(uint|address|bool)/.test(id);
  }

  bytes(id: string): bigint {
    return BigInt(this.types[id]?.numberOfBytes ?? 0);
  }

  arraySlots(base: string, count: bigint): bigint {
    if (!this.isValue(base)) return count * (this.bytes(base) / 32n);
    const perSlot = 32n / this.bytes(base);
    return (count + perSlot - 1n) / perSlot;
  }

  /** Variables one after the other: values share a slot while they fit, everything else starts a new one. */
  place(shapes: Shape[], label: (index: number) => string): { items: LayoutItem[]; slots: bigint } {
    let slot = 0n;
    let offset = 0n;
    const items = shapes.map((shape, index) => {
      const type = this.type(shape);
      const bytes = this.bytes(type);
      if (offset > 0n && (!this.isValue(type) || offset + bytes > 32n)) [slot, offset] = [slot + 1n, 0n];
      const item = { label: label(index), slot: String(slot), offset: Number(offset), type };
      if (this.isValue(type)) offset += bytes;
      else slot += bytes / 32n;
      return item;
    });
    return { items, slots: slot + (offset > 0n ? 1n : 0n) };
  }

  write(shape: Shape, id: string, slot: bigint, offset: bigint, path: string): void {
    if (shape.kind === "uint" || shape.kind === "address" || shape.kind === "bool") {
      this.words.set(slot, (this.words.get(slot) ?? 0n) | (shape.value << (offset * 8n)));
      this.expected.set(path, shape.kind === "bool" ? "true" : shape.value.toString());
    } else if (shape.kind === "struct") {
      for (const [index, member] of (this.types[id]?.members ?? []).entries()) {
        const inner = shape.members[index];
        if (inner !== undefined) this.write(inner, member.type, slot + BigInt(member.slot), BigInt(member.offset), `${path}.${member.label}`);
      }
    } else if (shape.kind === "string") {
      this.#writeString(shape.text, slot, path);
    } else if (shape.kind === "mapping") {
      this.preimages.push(`0x${hex(shape.key)}${hex(slot)}`);
      this.write(shape.value, this.types[id]?.value ?? "", BigInt(keccak256(`0x${hex(shape.key)}${hex(slot)}`)), 0n, `${path}[${shape.key}]`);
    } else {
      this.#writeArray(shape, this.types[id]?.base ?? "", slot, path);
    }
  }

  #writeArray(shape: Extract<Shape, { kind: "fixed" | "dynamic" }>, base: string, slot: bigint, path: string): void {
    let start = slot;
    if (shape.kind === "dynamic") {
      this.words.set(slot, BigInt(shape.count));
      this.expected.set(`${path}.length`, String(shape.count));
      this.preimages.push(`0x${hex(slot)}`);
      start = BigInt(keccak256(`0x${hex(slot)}`));
    }
    const perSlot = this.isValue(base) ? 32n / this.bytes(base) : 1n;
    for (let index = 0n; index < BigInt(shape.count); index += 1n) {
      const at = this.isValue(base) ? index / perSlot : index * (this.bytes(base) / 32n);
      const offset = this.isValue(base) ? (index % perSlot) * this.bytes(base) : 0n;
      this.write(shape.element, base, start + at, offset, `${path}[${index}]`);
    }
  }

  #writeString(content: string, slot: bigint, path: string): void {
    const bytes = Buffer.from(content).toString("hex");
    this.expected.set(path, JSON.stringify(content));
    if (content.length < 32) {
      this.words.set(slot, BigInt(`0x${bytes.padEnd(62, "0")}${(content.length * 2).toString(16).padStart(2, "0")}`));
      return;
    }
    this.words.set(slot, BigInt(content.length * 2 + 1));
    this.preimages.push(`0x${hex(slot)}`);
    const start = BigInt(keccak256(`0x${hex(slot)}`));
    for (let at = 0; at < bytes.length; at += 64) {
      const first = at / 2;
      this.words.set(start + BigInt(at / 64), BigInt(`0x${bytes.slice(at, at + 64).padEnd(64, "0")}`));
      this.expected.set(`${path} (bytes ${first} to ${first + 31})`, JSON.stringify(content.slice(first, first + 32)));
    }
  }
}

test("every variable of a random layout comes back from its words under its name", () => {
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), (shapes) => {
      const storage = new Storage();
      const { items } = storage.place(shapes, (index) => `v${index}`);
      for (const [index, item] of items.entries()) {
        const variable = shapes[index];
        if (variable !== undefined) storage.write(variable, item.type, BigInt(item.slot), BigInt(item.offset), item.label);
      }
      const layout: Layout = { storage: items, types: storage.types };
      const changes = [...storage.words].map(([slot, word]): SlotChange => ({ slot: `0x${hex(slot)}`, before: `0x${hex(0n)}`, after: `0x${hex(word)}` }));
      const names = { addressName: () => undefined, keyNames: new Map<Hex, string>() };
      const { changes: decoded, preimages } = decodeStorage({ layout, changes, preimages: storage.preimages, keys: [], names });
      const found = new Map(decoded.map((change) => [String(change.path), change.type === "address" ? BigInt(change.afterText ?? 0).toString() : change.afterText]));
      expect(found).toEqual(storage.expected);

      // The hash inputs that the first decoding used are all that a second one needs.
      expect(decodeStorage({ layout, changes, preimages, keys: [], names }).changes).toEqual(decoded);
    }),
    { numRuns: 300 },
  );
});
