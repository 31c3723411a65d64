import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { enumerateSlots, enumerateWords } from "../../../src/snapshot/keys/enumerate-slots.ts";
import type { KeyMaterial } from "../../../src/snapshot/keys/key-book.ts";
import { createSlotNamer } from "../../../src/snapshot/keys/slot-namer.ts";
import { usedPreimages } from "../../../src/snapshot/take/used-preimages.ts";
import { data, entry, MODEL, ModelStorage } from "./keys-model.ts";

const ADDRESS: Address = "0x00000000000000000000000000000000000C0DE1";
const CONTRACT = { address: ADDRESS, name: "Model", layoutOf: undefined, layout: MODEL, code: "0x" } as const;
const NO_TRIALS = { triedAnyway: 0, triedEachWithEach: 0 };
const ROUNDS = [40n, 60n] as const;

const hexOf = (number: bigint, digits: number): Hex => `0x${number.toString(16).padStart(digits, "0")}`;
const people = Array.from({ length: 6 }, (_, index): Address => hexOf((1n << 159n) + BigInt(index) * 7_919n, 40));
const ids = Array.from({ length: 4 }, (_, index): Hex => hexOf((1n << 250n) + BigInt(index), 64));
const material: KeyMaterial = { addresses: people, words: [...ids, ...ROUNDS.map((round) => hexOf(round, 64))].sort() };

const person = fc.constantFrom(...people);
const number = fc.bigInt({ min: 1n, max: (1n << 256n) - 1n });
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 4 });
const some = fc.record({
  delegators: few(fc.tuple(person, fc.option(number, { nil: 0n }), fc.integer({ min: 0, max: 4 }), number)),
  allowances: few(fc.tuple(person, person, number)),
  small: fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 70 }),
  notes: few(fc.tuple(person, fc.string({ minLength: 1, maxLength: 120 }))),
  jobs: fc.array(few(fc.tuple(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 5n }))), { maxLength: 4 }),
  totals: few(fc.tuple(fc.bigInt({ min: 1n, max: 1n << 60n }), number)),
  queue: fc.tuple(fc.bigInt({ min: -5n, max: 5n }), fc.array(number, { maxLength: 4 })),
  hashes: few(fc.tuple(fc.bigInt({ min: ROUNDS[0], max: ROUNDS[1] }), number)),
  ids: few(fc.constantFrom(...ids)),
  pairs: few(fc.tuple(person, fc.integer({ min: 1, max: 255 }))),
  reserves: few(fc.tuple(person, fc.option(number, { nil: 0n }), fc.bigInt({ min: ROUNDS[0], max: ROUNDS[1] }), person)),
});
type Some = typeof some extends fc.Arbitrary<infer T> ? T : never;

/** Of several writes to one place only the first is made. */
function write(what: Some): { storage: ModelStorage; together: Hex[] } {
  const storage = new ModelStorage();
  const together: Hex[] = [];
  const seen = new Set<string>();
  const isNew = (...key: unknown[]): boolean => !seen.has(key.join("/")) && seen.add(key.join("/")) !== undefined;
  const pair = (outer: Address, inner: Address): number => together.push(`0x${outer.slice(2).padStart(64, "0")}${inner.slice(2).padStart(64, "0")}`);
  const named = (address: Address): string => `0x${address.slice(2)}`;
  storage.set(0n, BigInt(people[0] ?? 0), "owner");
  storage.set(0n, 1n, "paused", 20);
  for (const [who, bonded, locks, amount] of what.delegators) {
    if (!isNew("delegator", who)) continue;
    const at = entry(who, 1n);
    storage.set(at, bonded, `delegators[${named(who)}].bondedAmount`);
    storage.set(at + 1n, BigInt(locks), `delegators[${named(who)}].nextUnbondingLockId`);
    for (let id = 0n; id < BigInt(locks); id++) {
      storage.set(entry(id, at + 2n), amount, `delegators[${named(who)}].unbondingLocks[${id}].amount`);
      storage.set(entry(id, at + 2n) + 1n, 50n, `delegators[${named(who)}].unbondingLocks[${id}].withdrawRound`);
    }
  }
  for (const [owner, spender, amount] of what.allowances) {
    if (!isNew("allowance", owner, spender)) continue;
    storage.set(entry(spender, entry(owner, 2n)), amount, `allowances[${named(owner)}][${named(spender)}]`);
    pair(owner, spender);
  }
  storage.set(3n, BigInt(what.small.length), "small.length");
  for (const [index, each] of what.small.entries()) storage.set(data(3n) + BigInt(Math.floor(index / 32)), BigInt(each), `small[${index}]`, index % 32);
  for (const [who, text] of what.notes) if (isNew("note", who)) storage.text(entry(who, 4n), text, `notes[${named(who)}]`);
  storage.set(5n, BigInt(what.jobs.length), "numJobs");
  for (const [job, claims] of what.jobs.entries()) {
    const at = entry(BigInt(job), 6n);
    storage.set(at, BigInt(job), `jobs[${job}].id`);
    storage.set(at + 1n, BigInt(claims.length), `jobs[${job}].claims.length`);
    for (const [claim, [first, more]] of claims.entries()) {
      const start = data(at + 1n) + 3n * BigInt(claim);
      storage.set(start, first, `jobs[${job}].claims[${claim}].segmentRange[0]`);
      storage.set(start + 1n, first + more, `jobs[${job}].claims[${claim}].segmentRange[1]`);
      storage.set(entry(first + more, start + 2n), 1n, `jobs[${job}].claims[${claim}].segmentVerifications[${first + more}]`);
    }
  }
  const totals = what.totals.filter(([round]) => isNew("total", round));
  storage.set(7n, BigInt(totals.length), "totals.rounds.length");
  for (const [index, [round, stake]] of totals.entries()) {
    storage.set(data(7n) + BigInt(index), round, `totals.rounds[${index}]`);
    storage.set(entry(round, 8n), stake, `totals.data[${round}]`);
  }
  const [begin, queued] = what.queue;
  const end = begin + BigInt(queued.length);
  storage.set(9n, BigInt.asUintN(128, begin), "queue._begin");
  storage.set(9n, BigInt.asUintN(128, end), "queue._end", 16);
  for (const [index, each] of queued.entries()) storage.set(entry(begin + BigInt(index), 10n), each, `queue._data[${begin + BigInt(index)}]`);
  for (const [round, each] of what.hashes) if (isNew("hash", round)) storage.set(entry(round, 11n), each, `_blockHashForRound[${round}]`);
  for (const id of what.ids) if (isNew("id", id)) storage.set(entry(id, 12n), 1n, `ids[${id}]`);
  storage.set(13n, BigInt(what.pairs.length), "pairs.length");
  for (const [index, [who, weight]] of what.pairs.entries()) {
    storage.set(data(13n) + BigInt(index), BigInt(who), `pairs[${index}].who`);
    storage.set(data(13n) + BigInt(index), BigInt(weight), `pairs[${index}].weight`, 20);
  }
  for (const [holder, funds, round, claimant] of what.reserves) {
    if (!isNew("reserve", holder)) continue;
    const at = entry(holder, 14n);
    storage.set(at, funds, `reserves[${named(holder)}].funds`);
    storage.set(entry(round, at + 1n), 5n, `reserves[${named(holder)}].claimedForRound[${round}]`);
    storage.set(entry(claimant, entry(round, at + 2n)), 5n, `reserves[${named(holder)}].claimedByAddress[${round}][${named(claimant)}]`);
    pair(holder, claimant);
  }
  for (const [index, slot] of [15n, 15n, 16n].entries()) storage.set(slot, 7n, `fixed[${index}]`, index === 1 ? 16 : 0);
  return { storage, together: together.sort() };
}

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
      expect(used.together).toEqual(together);
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
