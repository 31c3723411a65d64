/**
 * Names changed storage slots through a contract's storage layout. Pure.
 *
 * Variables in place are found by position. What mappings and dynamic arrays hold lies at hashes: those are found
 * from the hash inputs seen while the transaction ran (`preimages`), from the array bases that solc folds into
 * constants, and last from `keys` that somebody could have used (addresses, ids, numbers seen in calls and events).
 */
import type { Hex } from "../protocol/hex.ts";
import { withOpenZeppelin } from "../protocol/openzeppelin-namespaces.ts";
import { describeLeaf, describeWellKnown, type LeafText, type WordsAround } from "./describe-leaf.ts";
import { fitsKey, formatKey, formatUntyped, type Names } from "./format-word.ts";
import {
  elementLeaves,
  elementPosition,
  hashedVariables,
  leavesOf,
  staticLeaves,
  type HashedVariable,
  type Layout,
  type Leaf,
} from "./layout-walk.ts";
import { dataSlot, hashToSlot, slotHex } from "./slot-hash.ts";

/** One changed word of one contract's storage. */
export interface SlotChange {
  slot: Hex;
  before: Hex;
  after: Hex;
}

/** One changed variable; a slot that packs several gives one for each that changed. */
export type DecodedChange = SlotChange & LeafText;

export interface StorageToDecode {
  layout: Layout | undefined;
  changes: readonly SlotChange[];
  /** Inputs of hashes computed while the transaction ran. */
  preimages: Iterable<Hex>;
  /** 32-byte words that may have been used as mapping keys. */
  keys: Iterable<Hex>;
  names: Names;
  /** Hashes that the search for keys may compute; a slot that needs more stays unexplained. */
  hashBudget?: number | undefined;
}

export interface DecodedStorage {
  /** Every change, named where possible. Order: by slot, then by place in the slot. */
  changes: DecodedChange[];
  /** The hash inputs that the names rest on: with these, no key has to be searched for again. */
  preimages: Hex[];
}

const DEFAULT_HASH_BUDGET = 4_000;
/** Elements of an array that are searched for nested mappings and arrays when no preimage leads there. */
const ELEMENTS_SEARCHED = 8n;
/** Nothing stored under one hash is longer than this many slots. */
const LONGEST_RUN = 1n << 64n;
const WORD_HEX = 64;
const NOTHING: Layout = { storage: [], types: {} };

interface Anchor {
  hash: bigint;
  /** The slot whose variable is stored at this hash. */
  parent: bigint;
  /** Bytes of the mapping key without `0x`; undefined for the data of an array or byte string. */
  key: string | undefined;
}

/** Names every change it can; the others come back without a path. */
export function decodeStorage(input: StorageToDecode): DecodedStorage {
  const decoder = new StorageDecoder(input);
  const sorted = [...input.changes].sort((a, b) => (BigInt(a.slot) < BigInt(b.slot) ? -1 : 1));
  return { changes: sorted.flatMap((change) => decoder.decode(change)), preimages: decoder.usedPreimages() };
}

class StorageDecoder {
  readonly #layout: Layout;
  readonly #names: Names;
  readonly #changes: Map<bigint, SlotChange>;
  readonly #words: WordsAround;
  readonly #located = new Map<bigint, Leaf[]>();
  readonly #anchors: Anchor[] = [];
  readonly #anchored = new Set<bigint>();
  readonly #used = new Set<Anchor>();
  /** Hash inputs that no variable is known for yet, by the slot they end with. */
  readonly #waiting = new Map<bigint, string[]>();

  constructor(input: StorageToDecode) {
    const own = input.layout ?? NOTHING;
    this.#layout = withOpenZeppelin(own);
    this.#names = input.names;
    this.#changes = new Map(input.changes.map((change) => [BigInt(change.slot), change]));
    this.#words = { names: this.#names, wordAt: (slot, side) => this.#changes.get(slot)?.[side].slice(2) };
    for (const variable of this.#hashedVariables(this.#layout)) if (variable.type.encoding !== "mapping") this.#anchorData(variable.start);
    for (const preimage of input.preimages) this.#wait(preimage.slice(2));
    this.#sortAnchors();
    this.#admitPreimages();
    // Keys of namespaces that only might be there are not searched for: too many hashes for what is rarely used.
    if (input.layout !== undefined) this.#searchKeys(this.#hashedVariables(own), [...new Set(input.keys)], input.hashBudget ?? DEFAULT_HASH_BUDGET);
  }

  #hashedVariables(layout: Layout): HashedVariable[] {
    return layout.storage.flatMap((item) => hashedVariables(this.#layout, item.type, BigInt(item.slot), 64n));
  }

  decode(change: SlotChange): DecodedChange[] {
    const slot = BigInt(change.slot);
    const before = change.before.slice(2);
    const after = change.after.slice(2);
    const covered = new Set<number>();
    const decoded: (DecodedChange & { offset: number })[] = [];
    for (const leaf of this.#locate(slot)) {
      const from = WORD_HEX - (leaf.offset + leaf.size) * 2;
      const to = WORD_HEX - leaf.offset * 2;
      for (let at = from; at < to; at += 1) covered.add(at);
      const was = before.slice(from, to);
      const is = after.slice(from, to);
      if (was !== is) decoded.push({ ...change, ...describeLeaf(leaf, was, is, this.#words), offset: leaf.offset });
    }
    if (decoded.length === 0 || [...before].some((digit, at) => digit !== after[at] && !covered.has(at))) {
      const known = decoded.length === 0 ? describeWellKnown(slot, before, after, this.#names) : {};
      decoded.push({ ...change, ...known, offset: 32 });
    }
    return decoded.sort((a, b) => a.offset - b.offset).map(({ offset: _, ...rest }) => rest);
  }

  usedPreimages(): Hex[] {
    return [...this.#used].map(({ key, parent }): Hex => `0x${key ?? ""}${slotHex(parent)}`);
  }

  #locate(slot: bigint): Leaf[] {
    const known = this.#located.get(slot);
    if (known !== undefined) return known;
    this.#located.set(slot, []);
    let leaves = staticLeaves(this.#layout, slot);
    for (let at = this.#lastAnchorUpTo(slot); leaves.length === 0 && at >= 0; at -= 1) {
      const anchor = this.#anchors[at];
      if (anchor === undefined || slot - anchor.hash >= LONGEST_RUN) break;
      leaves = this.#locate(anchor.parent).flatMap((parent) => this.#leavesUnder(parent, anchor, slot));
      if (leaves.length > 0) this.#used.add(anchor);
    }
    this.#located.set(slot, leaves);
    return leaves;
  }

  /** What lies in `slot` when `parent` is stored at the anchor's hash. */
  #leavesUnder(parent: Leaf, anchor: Anchor, slot: bigint): Leaf[] {
    const { type } = parent;
    if (parent.start !== anchor.parent || parent.chunk !== undefined) return [];
    if (type.isOpen === true && type.value !== undefined) {
      const path = anchor.key === undefined ? `${parent.path}.data` : `${parent.path}[${formatUntyped(anchor.key, this.#names)}]`;
      return leavesOf(this.#layout, type.value, anchor.hash, 0, path, slot);
    }
    if (anchor.key !== undefined) {
      const keyType = type.key;
      if (type.encoding !== "mapping" || keyType === undefined || type.value === undefined) return [];
      if (!fitsKey(keyType, this.#layout.types[keyType], anchor.key)) return [];
      const key = formatKey(keyType, this.#layout.types[keyType], anchor.key, this.#names);
      return leavesOf(this.#layout, type.value, anchor.hash, 0, `${parent.path}[${key}]`, slot);
    }
    if (type.encoding === "bytes") return [{ ...parent, start: slot, offset: 0, size: 32, chunk: slot - anchor.hash }];
    if (type.encoding !== "dynamic_array" || type.base === undefined) return [];
    return elementLeaves(this.#layout, type.base, anchor.hash, parent.path, slot, undefined);
  }

  #wait(hex: string): void {
    if (hex.length < WORD_HEX) return;
    const parent = BigInt(`0x${hex.slice(-WORD_HEX)}`);
    const known = this.#waiting.get(parent);
    if (known === undefined) this.#waiting.set(parent, [hex]);
    else known.push(hex);
  }

  /** Hashes only what begins at a variable: a transaction may have hashed a hundred thousand other things. */
  #admitPreimages(): void {
    for (let found = true; found; ) {
      found = false;
      for (const [parent, inputs] of this.#waiting) {
        if (this.#locate(parent).length === 0) continue;
        this.#waiting.delete(parent);
        found = true;
        for (const hex of inputs) {
          if (hex.length === WORD_HEX) this.#anchorData(parent);
          else this.#anchor({ hash: hashToSlot(hex), parent, key: hex.slice(0, -WORD_HEX) });
        }
      }
      if (found) this.#sortAnchors();
    }
  }

  #anchorData(parent: bigint): bigint {
    const hash = dataSlot(parent);
    this.#anchor({ hash, parent, key: undefined });
    return hash;
  }

  #anchor(anchor: Anchor): void {
    if (this.#anchored.has(anchor.hash)) return;
    this.#anchored.add(anchor.hash);
    this.#anchors.push(anchor);
  }

  #sortAnchors(): void {
    this.#anchors.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
    this.#located.clear();
  }

  #lastAnchorUpTo(slot: bigint): number {
    let low = 0;
    let high = this.#anchors.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#anchors[middle]?.hash ?? 0n) <= slot) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Mappings, arrays and byte strings inside what lies at the hashes known so far. */
  #nestedVariables(): HashedVariable[] {
    return [...this.#anchors].flatMap((anchor) =>
      this.#locate(anchor.parent).flatMap(({ type, start, chunk }) => {
        if (start !== anchor.parent || chunk !== undefined) return [];
        if (anchor.key === undefined) return type.base === undefined ? [] : this.#elementVariables(type.base, anchor.hash);
        return type.value === undefined ? [] : hashedVariables(this.#layout, type.value, anchor.hash, ELEMENTS_SEARCHED);
      }),
    );
  }

  /** Tries keys on every mapping, one level of nesting after the other, until every change has a name. */
  #searchKeys(variables: HashedVariable[], keys: readonly Hex[], hashBudget: number): void {
    const isUnexplained = (slot: bigint) => this.#locate(slot).length === 0;
    const slots = [...this.#changes.keys()];
    if (!slots.some(isUnexplained)) return;
    let level = [...this.#nestedVariables(), ...variables];
    let budget = hashBudget;
    while (level.length > 0 && budget > 0 && slots.some(isUnexplained)) {
      const next: HashedVariable[] = [];
      // An array takes one hash, a mapping one for each key: what is cheap comes first.
      const [mappings, others] = [level.filter(isMapping), level.filter((variable) => !isMapping(variable))];
      for (const variable of [...others, ...mappings]) {
        const { type, start } = variable;
        if (type.encoding === "mapping" && type.value !== undefined && type.key !== undefined) {
          for (const key of keys) {
            if (!fitsKey(type.key, this.#layout.types[type.key], key.slice(2)) || (budget -= 1) < 0) continue;
            const hash = hashToSlot(key.slice(2) + slotHex(start));
            this.#anchor({ hash, parent: start, key: key.slice(2) });
            next.push(...hashedVariables(this.#layout, type.value, hash, ELEMENTS_SEARCHED));
          }
        } else if (type.encoding === "dynamic_array" && type.base !== undefined && (budget -= 1) >= 0) {
          next.push(...this.#elementVariables(type.base, this.#anchorData(start)));
        } else if ((budget -= 1) >= 0) {
          this.#anchorData(start);
        }
      }
      this.#sortAnchors();
      this.#admitPreimages();
      level = next;
    }
  }

  #elementVariables(elementId: string, data: bigint): HashedVariable[] {
    const element = this.#layout.types[elementId];
    const found: HashedVariable[] = [];
    for (let index = 0n; element !== undefined && index < ELEMENTS_SEARCHED; index += 1n) {
      const inside = hashedVariables(this.#layout, elementId, data + elementPosition(element, index).slot, ELEMENTS_SEARCHED);
      if (inside.length === 0) break;
      found.push(...inside);
    }
    return found;
  }
}

function isMapping(variable: HashedVariable): boolean {
  return variable.type.encoding === "mapping";
}
