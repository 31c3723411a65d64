/** Which keys the mappings of a contract are tried with: told by what lies beside them, where that says it. */
import type { LayoutType } from "../../protocol/layout.ts";
import { bytesOfWords, hexAt, isAddress } from "./key-book.ts";
import { addTo, NO_KEYS, numberAt, numbers, type KeysOfPlace, type Places, type WalkContext } from "./places.ts";
import type { HashedMember, Shape } from "./shape.ts";


type Rule =
  /** Numbers up to the one in the variable beside it. */
  | { kind: "up-to"; variable: string }
  /** From one variable up to another, as signed numbers. */
  | { kind: "between"; from: string; to: string }
  /** What the array beside it holds. */
  | { kind: "elements"; array: string }
  /** Rounds in which the mapping beside it, by round as well, has something. */
  | { kind: "rounds-of"; mapping: string }
  | { kind: "rounds" };

/** By the name of the mapping; a rule holds where there is what it names. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  unbondingLocks: [{ kind: "up-to", variable: "nextUnbondingLockId" }],
  earningsPoolPerRound: [{ kind: "rounds" }],
  _electionCandidates: [{ kind: "rounds" }],
  _blockHashForRound: [{ kind: "rounds" }],
  claimedForRound: [{ kind: "rounds" }],
  claimedByAddress: [{ kind: "rounds-of", mapping: "claimedForRound" }],
  jobs: [{ kind: "up-to", variable: "numJobs" }],
  requests: [{ kind: "up-to", variable: "requestCount" }],
  segmentVerifications: [{ kind: "between", from: "segmentRange[0]", to: "segmentRange[1]" }],
  data: [
    { kind: "elements", array: "startRounds" },
    { kind: "elements", array: "rounds" },
  ],
  _data: [{ kind: "between", from: "_begin", to: "_end" }],
};

const WORD = 32;
/** A range that is longer was never walked by anybody. */
const LONGEST_RANGE = 1n << 20n;

export async function keysOfMember(walk: WalkContext, places: Places, member: HashedMember, values: Uint8Array | undefined): Promise<KeysOfPlace> {
  const { path, type } = member;
  const dot = path.lastIndexOf(".") + 1;
  const rule = RULES[path.slice(dot)]?.find((candidate) => fits(candidate, places.shape, path.slice(0, dot)));
  if (rule !== undefined && values !== undefined) return keysByRule(walk, places, values, rule, path.slice(0, dot));
  if (rule?.kind === "rounds") return onlyUsed(walk, places, values, roundsOf(walk, places, values));
  const all = walk.book.keysOf(walk.layout, type.key);
  return onlyUsed(walk, places, values, () => all, type);
}

function fits(rule: Rule, { values, hashed }: Shape, prefix: string): boolean {
  if (rule.kind === "up-to") return values.has(prefix + rule.variable);
  if (rule.kind === "between") return values.has(prefix + rule.from) && values.has(prefix + rule.to);
  if (rule.kind === "rounds") return true;
  const other = prefix + (rule.kind === "elements" ? rule.array : rule.mapping);
  return hashed.some(({ path }) => path === other);
}

async function keysByRule(walk: WalkContext, places: Places, values: Uint8Array, rule: Rule, prefix: string): Promise<KeysOfPlace> {
  switch (rule.kind) {
    case "up-to": {
      const count = valueAt(places, prefix + rule.variable, values);
      // Counted from 0 or from 1: one more than there are does no harm, but where there is none there is none.
      return (place) => (count(place) === 0n ? NO_KEYS : range(0n, count(place)));
    }
    case "between": {
      const [from, to] = [valueAt(places, prefix + rule.from, values, true), valueAt(places, prefix + rule.to, values, true)];
      return (place) => (from(place) === 0n && to(place) === 0n ? range(0n, 0n) : signedRange(from(place), to(place)));
    }
    case "elements":
      return elementsOf(walk, places, values, prefix + rule.array);
    case "rounds-of":
      return usedRounds(walk, places, values, prefix + rule.mapping);
    case "rounds":
      return onlyUsed(walk, places, values, roundsOf(walk, places, values));
  }
}

/** Rounds of the protocol, and those that the place itself speaks of. */
function roundsOf({ book }: WalkContext, places: Places, values: Uint8Array | undefined): KeysOfPlace {
  const { first, last } = book.rounds;
  const all = range(first, last + 1n);
  const spoken = values === undefined ? [] : [...places.shape.values.keys()].filter((name) => /round/i.test(name)).map((name) => valueAt(places, name, values));
  return (place) => {
    let [low, high] = [first, last + 1n];
    for (const read of spoken) {
      const round = read(place);
      // "Never" is written as the highest number.
      if (round === 0n || round > last + LONGEST_RANGE) continue;
      if (round > high) high = round + 1n;
      if (round < low) low = round;
    }
    return low === first && high === last + 1n ? all : range(low, high);
  };
}

/**
 * Where there are too many to try them all: only the entries of places that hold something, or that were seen together with another
 * key; and where even those are too many, only keys that were seen together with one on the way here.
 */
function onlyUsed({ book, limits }: WalkContext, places: Places, values: Uint8Array | undefined, keysOf: KeysOfPlace, type?: LayoutType): KeysOfPlace {
  const { count, within } = places;
  const tried = keysOf(0).length / WORD;
  if (within === undefined || within.kind !== "entry" || count * tried <= limits.triedAnyway) return keysOf;
  const width = places.shape.slots.length * WORD;
  const isUsed = (place: number): boolean => {
    if (values === undefined || width === 0) return true;
    for (let at = place * width; at < (place + 1) * width; at++) if (values[at] !== 0) return true;
    return book.seenWith(hexAt(within.keys, place)) !== undefined;
  };
  const used = new Uint8Array(count);
  let usedCount = 0;
  for (let place = 0; place < count; place++) {
    if (!isUsed(place)) continue;
    used[place] = 1;
    usedCount++;
  }
  if (type === undefined || !hasPairs(type) || usedCount * tried <= limits.triedEachWithEach) return (place) => (used[place] === 1 ? keysOf(place) : NO_KEYS);
  return (place) => (used[place] === 1 ? seenOnTheWay(book, places, place) : NO_KEYS);
}

/** Whether the keys of a mapping within another may be too many to try each with each: addresses and ids. */
export function hasPairs({ key }: LayoutType): boolean {
  return key !== undefined && (isAddress(key, undefined) || key.startsWith("t_bytes"));
}

function seenOnTheWay(book: WalkContext["book"], places: Places, place: number): Uint8Array {
  const found = new Set<string>();
  let at = place;
  for (let { within } = places; within !== undefined; within = within.places.within) {
    if (within.kind === "entry") for (const key of book.seenWith(hexAt(within.keys, at)) ?? []) found.add(key);
    at = within.index[at] ?? 0;
  }
  return bytesOfWords([...found]);
}

async function elementsOf(walk: WalkContext, places: Places, values: Uint8Array, path: string): Promise<KeysOfPlace> {
  const array = places.shape.hashed.find((member) => member.path === path);
  if (array === undefined) return () => NO_KEYS;
  const lengthOf = numberAt(places, array.slot, values);
  const ends = new Uint32Array(places.count + 1);
  for (let place = 0; place < places.count; place++) {
    const length = lengthOf(place);
    ends[place + 1] = (ends[place] ?? 0) + (length > LONGEST_RANGE ? 0 : Number(length));
  }
  const slots = new Uint8Array((ends[places.count] ?? 0) * WORD);
  const head = new Uint8Array(WORD);
  const data = new Uint8Array(WORD);
  for (let place = 0; place < places.count; place++) {
    const [from, to] = [ends[place] ?? 0, ends[place + 1] ?? 0];
    if (from === to) continue;
    addTo(places.starts, place * WORD, array.slot, head, 0);
    walk.hash(undefined, 0, head, 0, data, 0);
    for (let element = from; element < to; element++) addTo(data, 0, BigInt(element - from), slots, element * WORD);
  }
  const elements = await walk.read(slots);
  return (place) => elements.subarray((ends[place] ?? 0) * WORD, (ends[place + 1] ?? 0) * WORD);
}

async function usedRounds(walk: WalkContext, places: Places, values: Uint8Array, path: string): Promise<KeysOfPlace> {
  const mapping = places.shape.hashed.find((member) => member.path === path);
  if (mapping === undefined) return () => NO_KEYS;
  const roundsAt = onlyUsed(walk, places, values, roundsOf(walk, places, values));
  const found: Uint8Array[] = [];
  const head = new Uint8Array(WORD);
  for (let place = 0; place < places.count; place++) {
    const rounds = roundsAt(place);
    const slots = new Uint8Array(rounds.length);
    addTo(places.starts, place * WORD, mapping.slot, head, 0);
    for (let at = 0; at < rounds.length; at += WORD) walk.hash(rounds, at, head, 0, slots, at);
    found.push(slots);
  }
  const words = await walk.read(new Uint8Array(Buffer.concat(found)));
  let at = 0;
  const used = found.map((slots, place) => {
    const rounds = roundsAt(place);
    const kept: string[] = [];
    for (let round = 0; round < slots.length / WORD; round++, at++) if (/[^0]/.test(hexAt(words, at))) kept.push(hexAt(rounds, round));
    return kept.length === 0 ? NO_KEYS : bytesOfWords(kept);
  });
  return (place) => used[place] ?? NO_KEYS;
}

function valueAt(places: Places, path: string, values: Uint8Array, isSigned = false): (place: number) => bigint {
  const value = places.shape.values.get(path);
  const wordAt = numberAt(places, value?.slot ?? -1n, values);
  const [shift, bits] = [BigInt((value?.offset ?? 0) * 8), (value?.size ?? 32) * 8];
  return (place) => {
    const word = wordAt(place) >> shift;
    return isSigned ? BigInt.asIntN(bits, word) : BigInt.asUintN(bits, word);
  };
}

function range(first: bigint, last: bigint): Uint8Array {
  return last - first > LONGEST_RANGE ? NO_KEYS : numbers(first, last);
}

/** A negative key is a word of ones in front. */
function signedRange(first: bigint, last: bigint): Uint8Array {
  if (first >= 0n) return range(first, last);
  if (last - first > LONGEST_RANGE) return NO_KEYS;
  const keys: string[] = [];
  for (let key = first; key <= last; key += 1n) keys.push(BigInt.asUintN(256, key).toString(16).padStart(2 * WORD, "0"));
  return bytesOfWords(keys);
}
