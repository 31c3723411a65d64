/** What comes out differently when the same route runs later. Pure. */
import { openPath, pathOf, placeKey, placeOf, valueOf } from "../../outcome/place.ts";
import type { ControlRecord, StateChange } from "../../outcome/simulation.ts";

type Driven = ControlRecord["driven"][number];

/**
 * Numbers, and entries whose key is a number that moved on (of a round, say). Owners, code and switches are never driven by
 * time alone, nor is an entry whose key stays when the others move.
 * @param words how much later
 */
export function* dependsOnTime(now: readonly StateChange[], later: readonly StateChange[], words: string): Generator<Driven> {
  const places = [byPlace(now), byPlace(later)] as const;
  const entries = movingEntries(now, later);
  for (const [index, changes] of [now, later].entries()) {
    for (const change of changes) {
      const path = pathOf(change);
      if (change.kind !== "storage" || change.path === undefined || (change.type ?? "").startsWith("address") || (change.type ?? "").startsWith("contract")) continue;
      const open = openPath(path);
      const other = places[index === 0 ? 1 : 0].get(placeOf(change));
      const staying = entries.get(placeKey(change.address, open));
      if (other === undefined && staying !== undefined) {
        if (staying.includes(path)) continue;
        yield { address: change.address, path: open, why: `belongs to the round or time at which it happens: another entry changes ${words} later`, ...(staying.length === 0 ? {} : { except: staying }) };
        continue;
      }
      const value = valueOf(change, "after");
      const otherValue = other === undefined ? valueOf(change, "before") : valueOf(other, "after");
      if (value === otherValue || ![value, otherValue].every((text) => /^-?\d+$/.test(text))) continue;
      yield { address: change.address, path, why: `depends on the time: it comes out differently ${words} later` };
    }
  }
}

/**
 * Open paths of which an entry that changes now makes place for one further on, each with the entries that do not move like
 * that: those that stay, those that are gone later, and those that come from nowhere.
 */
function movingEntries(now: readonly StateChange[], later: readonly StateChange[]): Map<string, string[]> {
  const [first, second] = [entriesOf(now), entriesOf(later)];
  const moving = new Map<string, string[]>();
  for (const [place, paths] of first) {
    const laterPaths = second.get(place) ?? new Set();
    const distance = commonDistance(paths, laterPaths);
    if (distance === undefined) continue;
    const goesOn = (path: string): boolean => laterPaths.has(moved(path, distance, 1n));
    const cameFrom = (path: string): boolean => paths.has(moved(path, distance, -1n));
    // Between the last entry of now and the first of later lie those of the time between.
    const ends = [...paths].filter(goesOn).map((path) => ({ from: keysOf(path), to: keysOf(moved(path, distance, 1n)) }));
    const isBetween = (path: string): boolean => ends.some(({ from, to }) => keysOf(path).every((key, index) => key >= (from[index] ?? key) && key <= (to[index] ?? key)));
    const staying = [...[...paths].filter((path) => !goesOn(path) || (laterPaths.has(path) && !cameFrom(path))), ...[...laterPaths].filter((path) => !paths.has(path) && !cameFrom(path) && !isBetween(path))];
    moving.set(place, staying);
  }
  return moving;
}

/** How far keys moved on: the distance that takes most of the entries to one that changes later. */
function commonDistance(paths: ReadonlySet<string>, laterPaths: ReadonlySet<string>): bigint[] | undefined {
  let best: { distance: bigint[]; count: number } | undefined;
  const gone = [...paths].filter((path) => !laterPaths.has(path));
  for (const from of gone.slice(0, MOST_TRIED)) {
    for (const to of [...laterPaths].slice(0, MOST_TRIED)) {
      const [left, right] = [keysOf(from), keysOf(to)];
      const distance = left.map((key, index) => (right[index] ?? key) - key);
      // Time moves a key on, or leaves it.
      if (distance.some((step) => step < 0n) || distance.every((step) => step === 0n)) continue;
      const count = [...paths].filter((path) => laterPaths.has(moved(path, distance, 1n))).length;
      if (best === undefined || count > best.count) best = { distance, count };
    }
  }
  return best?.distance;
}

/** Of the entries of one mapping: enough to see how far they move. */
const MOST_TRIED = 16;

function entriesOf(changes: readonly StateChange[]): Map<string, Set<string>> {
  const entries = new Map<string, Set<string>>();
  for (const change of changes) {
    const path = pathOf(change);
    const open = openPath(path);
    if (change.kind !== "storage" || open === path) continue;
    const place = placeKey(change.address, open);
    entries.set(place, (entries.get(place) ?? new Set()).add(path));
  }
  return entries;
}

function keysOf(path: string): bigint[] {
  return [...path.matchAll(/\[(\d+)\]/g)].map(([, key = "0"]) => BigInt(key));
}

function moved(path: string, distance: readonly bigint[], times: 1n | -1n): string {
  let index = 0;
  return path.replaceAll(/\[(\d+)\]/g, (_, key: string) => `[${BigInt(key) + (distance[index++] ?? 0n) * times}]`);
}

export function byPlace(changes: readonly StateChange[]): Map<string, StateChange> {
  return new Map(changes.map((change) => [placeOf(change), change]));
}
