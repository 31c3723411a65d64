import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../../src/protocol/hex.ts";
import { enumerateSlots, enumerateWords } from "../../../src/snapshot/keys/enumerate-slots.ts";
import type { KeyMaterial } from "../../../src/snapshot/keys/key-book.ts";
import { createSlotNamer } from "../../../src/snapshot/keys/slot-namer.ts";
import { usedPreimages } from "../../../src/snapshot/take/used-preimages.ts";
import { entry, MODEL, ModelStorage } from "./keys-model.ts";
import { hexOf, material, people, ROUNDS, some, write } from "./keys-writes.ts";

const ADDRESS: Address = "0x00000000000000000000000000000000000C0DE1";
const CONTRACT = { address: ADDRESS, name: "Model", layoutOf: undefined, layout: MODEL, code: "0x" } as const;
const NO_TRIALS = { triedAnyway: 0, triedEachWithEach: 0 };

/** As names are given: what is in one slot is one name, in which the rest of what is there is shorter. */
function sameName(given: string | undefined, names: readonly string[]): boolean {
  if (given === undefined) return false;
  const parts = given.toLowerCase().split(", ");
  return names.every((name) => parts.some((part) => name.toLowerCase() === part || name.toLowerCase().endsWith(`.${part}`)));
}

test("whatever a contract has, its slots are all found, each once, and called by their names", async () => {
  await fc.assert(
    fc.asyncProperty(some, fc.boolean(), async (what, isLarge) => {
      const { storage, together } = write(what);
      const keys: KeyMaterial = { ...material, together };
      const limits = isLarge ? NO_TRIALS : undefined;
      const slots = await enumerateSlots(storage.source(), CONTRACT, keys, limits);
      const found = new Set<string>();
      for (let at = 0; at < slots.length; at += 32) found.add(`0x${Buffer.from(slots.subarray(at, at + 32)).toString("hex")}`);
      expect(found.size).toBe(slots.length / 32);
      expect([...storage.names].filter(([slot]) => !found.has(slot))).toEqual([]);
      const nameOf = await createSlotNamer(CONTRACT, keys, storage.words, { limits });
      const wrong = [...storage.names].filter(([slot, names]) => !sameName(nameOf(slot), names)).map(([slot, names]) => [nameOf(slot), names]);
      expect(wrong).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("of the keys of whatever is in storage those that belong together are kept, so that too many to try are named without a chain", async () => {
  await fc.assert(
    fc.asyncProperty(some, async (what) => {
      const { storage, together } = write(what);
      const states = [{ contract: CONTRACT, words: storage.words }];
      const used = await usedPreimages(states, { ...material, together: [...together, `0x${"ab".repeat(64)}`] });
      expect(used.together).toEqual([...new Set(together)]);
      // What follows from the state alone is the same for whoever tries all with all.
      expect(await usedPreimages(states, material)).toEqual(used);
      const nameOf = await createSlotNamer(CONTRACT, used, storage.words, { limits: NO_TRIALS });
      expect([...storage.names].filter(([slot, names]) => !sameName(nameOf(slot), names)).map(([, names]) => names)).toEqual([]);
    }),
    { numRuns: 10 },
  );
});

test("words come with the slots, in their order, and none is read twice but what was claimed from reserves in each round", async () => {
  const { storage, together } = write({ delegators: [[people[1] ?? ADDRESS, 7n, 2, 9n]], allowances: [[people[2] ?? ADDRESS, people[3] ?? ADDRESS, 5n]], small: [1, 2], notes: [[people[0] ?? ADDRESS, "a".repeat(100)]], jobs: [[[1n, 1n]]], totals: [], queue: [0n, []], hashes: [], ids: [], pairs: [], reserves: [] });
  const asked = { words: 0 };
  const words = await enumerateWords(storage.source(asked), CONTRACT, { ...material, together });
  // Two addresses are tried always: none, and the one that begins a Safe's lists.
  const holders = BigInt(people.length + 2);
  expect(BigInt(asked.words - words.count)).toBe(holders * (ROUNDS[1] - ROUNDS[0] + 2n));
  expect(words.values).toEqual(await storage.source().readWords(ADDRESS, words.slots));
  expect(words.slots).toEqual(await enumerateSlots(storage.source(), CONTRACT, { ...material, together }));
  const texts = Array.from({ length: words.count }, (_, index) => Buffer.from(words.slots.subarray(index * 32, index * 32 + 32)).toString("hex"));
  expect(texts).toEqual([...texts].sort());
});

test("a length that no array has is not believed, and keys that nobody knows leave slots without a name", async () => {
  const storage = new ModelStorage();
  storage.set(3n, 1n << 200n, "small.length");
  storage.set(5n, (1n << 256n) - 1n, "numJobs");
  storage.set(entry(1n << 100n, 1n), 4n, "");
  const slots = await enumerateSlots(storage.source(), CONTRACT, material);
  expect(slots.length / 32).toBeLessThan(5_000);
  const nameOf = await createSlotNamer(CONTRACT, material, storage.words);
  expect(nameOf(hexOf(3n, 64))).toBe("small.length");
  expect(nameOf(hexOf(entry(1n << 100n, 1n), 64))).toBeUndefined();
  expect(nameOf(hexOf(777n, 64))).toBeUndefined();
});
