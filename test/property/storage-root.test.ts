import fc from "fast-check";
import { expect, it } from "vitest";
import { plainStorageRoot, plainTrieRoot } from "./plain-storage-root.ts";
import { ZERO_HASH, type Hex } from "../../src/protocol/hex.ts";
import { createKeccakInto } from "../../src/protocol/keccak-into.ts";
import { slotWordsOf, storageRootOf } from "../../src/snapshot/trie/storage-root.ts";
import { TrieRoot } from "../../src/snapshot/trie/trie-root.ts";

const toHex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;

const slotArbitrary = fc.oneof(
  fc.nat({ max: 40 }).map((number): Hex => `0x${number.toString(16).padStart(64, "0")}`),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
);

/** Words of every length, zero and one-byte ones often. */
const valueArbitrary = fc.oneof(
  { weight: 1, arbitrary: fc.constant(ZERO_HASH) },
  { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex").padStart(64, "0")}`) },
);

const wordsArbitrary = fc.uniqueArray(fc.tuple(slotArbitrary, valueArbitrary), { selector: ([slot]) => slot, maxLength: 60 });

/** Hashes that agree in any number of their first digits: each is an earlier one with its end changed, as no real hashes would be. */
const hashesArbitrary = fc
  .array(fc.tuple(fc.nat(), fc.nat({ max: 63 }), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((recipe) => {
    const hashes: string[] = [];
    for (const [from, digits, bytes, onlyOne] of recipe) {
      const fresh = Buffer.from(bytes).toString("hex");
      const before = hashes[from % hashes.length] ?? fresh;
      hashes.push(before.slice(0, digits) + fresh.slice(digits, onlyOne ? digits + 1 : 64) + (onlyOne ? before.slice(digits + 1) : ""));
    }
    return [...new Set(hashes)].sort().map((hash): Hex => `0x${hash}`);
  });

it("has the root that the definition gives, for any words in any order, with and without those that are zero", async () => {
  await fc.assert(
    fc.asyncProperty(wordsArbitrary, async (words) => {
      for (const zeros of ["drop", "keep"] as const) {
        const expected = plainStorageRoot(words, zeros);
        expect(await storageRootOf(slotWordsOf(words), zeros)).toBe(expected);
        expect(await storageRootOf(slotWordsOf(words.toReversed()), zeros)).toBe(expected);
      }
    }),
    { numRuns: 60 },
  );
});

it("keeps of the zeros those that the chain keeps, whether they were read or not", async () => {
  await fc.assert(
    fc.asyncProperty(wordsArbitrary, fc.array(slotArbitrary, { maxLength: 5 }), fc.infiniteStream(fc.boolean()), async (words, unread, choice) => {
      const reset = [...words.filter(() => choice.next().value === true).map(([slot]) => slot), ...unread];
      const expected = new Map<Hex, Hex>(reset.map((slot) => [slot, ZERO_HASH]));
      for (const [slot, value] of words) if (value !== ZERO_HASH) expected.set(slot, value);
      expect(await storageRootOf(slotWordsOf(words), reset)).toBe(plainStorageRoot(expected, "keep"));
    }),
    { numRuns: 40 },
  );
});

it("has the root that the definition gives where leaves part at any depth, and nodes stand in their parents", async () => {
  const keccak = await createKeccakInto();
  fc.assert(
    fc.property(hashesArbitrary, fc.array(valueArbitrary, { minLength: 40, maxLength: 40 }), (hashes, values) => {
      const words = hashes.map((hash, index): [Hex, Hex] => [hash, values[index] ?? ZERO_HASH]);
      const trie = new TrieRoot(keccak);
      const { slots, values: flat, count } = slotWordsOf(words);
      for (let index = 0; index < count; index++) trie.add(slots, index * 32, flat, index * 32);
      expect(trie.end()).toBe(plainTrieRoot(words));
    }),
    { numRuns: 150 },
  );
});
