import type { Address } from "../protocol/hex.ts";
import { actingWith, type Group } from "./threshold-tree.ts";

/** A smallest set of keys, or the smallest found. It is proven to be one when `people.length` equals `atLeast`. */
export interface SmallestSet {
  people: Address[];
  /** No smaller set can be enough. */
  atLeast: number;
}

/** Choices looked at before the search gives what it has. Real Safes need a handful; only people shared by many Safes cost more. */
const MOST_CHOICES = 4_000;

/**
 * The fewest keys with which `root` acts, by branch and bound over keys that several groups share: without sharing the bound
 * is the answer at once. Null when all keys together are not enough.
 */
export function smallestSet(groups: ReadonlyMap<string, Group>, root: string, keys: readonly Address[], mostChoices = MOST_CHOICES): SmallestSet | null {
  const search = new Search(groups, root, keys, mostChoices);
  return actingWith(groups, keys).has(root) ? search.run() : null;
}

class Search {
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #root: string;
  readonly #keys: readonly Address[];
  readonly #mostChoices: number;
  #choices = 0;
  #best: Set<string>;

  constructor(groups: ReadonlyMap<string, Group>, root: string, keys: readonly Address[], mostChoices: number) {
    this.#groups = groups;
    this.#root = root;
    this.#keys = keys;
    this.#mostChoices = mostChoices;
    this.#best = new Set(keys);
  }

  run(): SmallestSet {
    const atLeast = this.#bound(new Set(), new Set());
    this.#look(new Set(), new Set());
    const exhausted = this.#choices > this.#mostChoices;
    const people = this.#keys.filter((key) => this.#best.has(key));
    return { people, atLeast: exhausted ? atLeast : people.length };
  }

  #look(chosen: ReadonlySet<string>, barred: ReadonlySet<string>): void {
    this.#choices += 1;
    if (this.#choices > this.#mostChoices) return;
    const bound = chosen.size + this.#bound(chosen, barred);
    if (bound >= this.#best.size) return;
    const complete = this.#complete(chosen, barred);
    if (complete === undefined) return;
    if (complete.size < this.#best.size) this.#best = complete;
    if (bound >= this.#best.size) return;
    const shared = this.#mostShared(chosen, barred);
    if (shared === undefined) return;
    this.#look(new Set([...chosen, shared]), barred);
    this.#look(chosen, new Set([...barred, shared]));
  }

  /**
   * How many more keys are needed at least. Each member costs a group its own cost divided by the number of groups that
   * still ask for it, so that nobody is counted more than once however many of them use it. Starting from nothing, every
   * round gives a bound; circles only make it rise.
   */
  #bound(chosen: ReadonlySet<string>, barred: ReadonlySet<string>): number {
    const { live, askers } = this.#live(chosen);
    const costs = new Map<string, number>(live.map((name) => [name, 0]));
    const keys = new Set<string>(this.#keys);
    const costOf = (member: string): number => {
      const own = costs.get(member) ?? (keys.has(member) && !barred.has(member) ? 1 : Number.POSITIVE_INFINITY);
      return own / (askers.get(member) ?? 1);
    };
    const satisfied = actingWith(this.#groups, chosen);
    for (const _round of live) {
      for (const name of live) {
        const group = this.#groups.get(name);
        if (group === undefined) continue;
        const cheapest = group.members.map((member) => (satisfied.has(member) ? 0 : costOf(member))).toSorted((a, b) => a - b);
        const needed = cheapest.slice(0, group.threshold);
        costs.set(name, needed.length < group.threshold ? Number.POSITIVE_INFINITY : needed.reduce((sum, cost) => sum + cost, 0));
      }
    }
    const cost = satisfied.has(this.#root) ? 0 : (costs.get(this.#root) ?? Number.POSITIVE_INFINITY);
    // Thirds do not add up to a whole in binary.
    return Math.ceil(cost - 1e-6);
  }

  /** Some set that is enough and holds what was chosen: for each group the members that add the fewest keys. */
  #complete(chosen: ReadonlySet<string>, barred: ReadonlySet<string>): Set<string> | undefined {
    const sets = new Map<string, ReadonlySet<string>>();
    for (const key of this.#keys) if (!barred.has(key)) sets.set(key, chosen.has(key) ? new Set() : new Set([key]));
    for (let improved = true; improved; ) {
      improved = false;
      for (const [name, { threshold, members }] of this.#groups) {
        const set = union(members.flatMap((member) => sets.get(member) ?? []), threshold);
        if (set === undefined || set.size >= (sets.get(name)?.size ?? Number.POSITIVE_INFINITY)) continue;
        sets.set(name, set);
        improved = true;
      }
    }
    const more = sets.get(this.#root);
    return more === undefined ? undefined : new Set([...chosen, ...more]);
  }

  /** The undecided key that most groups ask for. */
  #mostShared(chosen: ReadonlySet<string>, barred: ReadonlySet<string>): Address | undefined {
    const { askers } = this.#live(chosen);
    const open = this.#keys.filter((key) => !chosen.has(key) && !barred.has(key) && askers.has(key));
    return open.toSorted((a, b) => (askers.get(b) ?? 0) - (askers.get(a) ?? 0))[0];
  }

  /** Groups that are still needed to reach the root, and how many of them ask for each member. */
  #live(chosen: ReadonlySet<string>): { live: string[]; askers: Map<string, number> } {
    const satisfied = actingWith(this.#groups, chosen);
    const live: string[] = [];
    const askers = new Map<string, number>();
    const open = [this.#root];
    const seen = new Set(open);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const group = this.#groups.get(name);
      if (group === undefined || satisfied.has(name)) continue;
      live.push(name);
      for (const member of group.members) {
        askers.set(member, (askers.get(member) ?? 0) + 1);
        if (!seen.has(member)) open.push(member);
        seen.add(member);
      }
    }
    return { live, askers };
  }
}

/** The union of `count` of the sets, taking each time the one that adds the fewest. */
function union(sets: readonly ReadonlySet<string>[], count: number): Set<string> | undefined {
  if (sets.length < count) return undefined;
  const taken = new Set<string>();
  const left = [...sets];
  for (let index = 0; index < count; index += 1) {
    let best = 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [at, set] of left.entries()) {
      const added = [...set].filter((key) => !taken.has(key)).length;
      if (added < fewest) [best, fewest] = [at, added];
    }
    for (const key of left.splice(best, 1)[0] ?? []) taken.add(key);
  }
  return taken;
}
