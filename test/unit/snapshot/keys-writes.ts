/** Whatever may be in the storage of the model contract, and how it is written by the definition. */
import fc from "fast-check";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { KeyMaterial } from "../../../src/snapshot/keys/key-book.ts";
import { data, entry, ModelStorage } from "./keys-model.ts";

export const ROUNDS = [40n, 60n] as const;

export const hexOf = (number: bigint, digits: number): Hex => `0x${number.toString(16).padStart(digits, "0")}`;
export const people = Array.from({ length: 6 }, (_, index): Address => hexOf((1n << 159n) + BigInt(index) * 7_919n, 40));
const ids = Array.from({ length: 4 }, (_, index): Hex => hexOf((1n << 250n) + BigInt(index), 64));
export const material: KeyMaterial = { addresses: people, words: [...ids, ...ROUNDS.map((round) => hexOf(round, 64))].sort() };

const person = fc.constantFrom(...people);
const number = fc.bigInt({ min: 1n, max: (1n << 256n) - 1n });
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 4 });
export const some = fc.record({
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
export type Some = typeof some extends fc.Arbitrary<infer T> ? T : never;

/** Of several writes to one place only the first is made. */
export function write(what: Some): { storage: ModelStorage; together: Hex[] } {
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
