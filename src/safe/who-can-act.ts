import type { Address } from "../protocol/hex.ts";
import { safesOf, type OwnerGraph } from "./owner-graph.ts";
import { smallestSet, type SmallestSet } from "./smallest-set.ts";
import { actingWith, type Group } from "./threshold-tree.ts";

/** Who can make something happen that any of the graph's roots may do, judged by keys alone: a person is a key here. */
export interface WhoCanAct {
  /** `perhaps`: only with a contract that lpctl cannot look into. */
  canAct: "yes" | "perhaps" | "no";
  /** One of the smallest sets of people who can act by signing; null when no set of keys is enough. */
  smallest: SmallestSet | null;
  /** As `smallest`, when modules that are keys or Safes make it smaller: they act without the Safe's signatures. */
  smallestThroughModules: SmallestSet | null;
  /** Each of them can do everything, without anybody else. */
  alone: Address[];
  /** Without any one of these people nothing can be signed any more. */
  indispensable: Address[];
  /** Safes that have to work for anything to be signed, besides a single root itself. */
  indispensableSafes: Address[];
  /** Safes that can never act: fewer of their owners can sign than they ask for. */
  stuck: { safe: Address; threshold: number; possible: number; unknown: number }[];
}

/** Whose root is any of several accounts: a virtual Safe of which one owner suffices. */
const ANY_ROOT = "any root";

/** Pure: who can act for a graph that was read. */
export function whoCanAct(graph: OwnerGraph): WhoCanAct {
  const groups = groupsOf(graph, false);
  const keys = [...graph.accounts.values()].filter(({ kind }) => kind === "key").map(({ address }) => address);
  const contracts = [...graph.accounts.values()].filter(({ kind }) => kind === "contract").map(({ address }) => address);
  const byKeys = actingWith(groups, keys);
  const withUnknown = actingWith(groups, [...keys, ...contracts]);
  const canAct = byKeys.has(ANY_ROOT) ? "yes" : withUnknown.has(ANY_ROOT) ? "perhaps" : "no";
  const smallest = smallestSet(groups, ANY_ROOT, keys);
  const through = smallestSet(groupsOf(graph, true), ANY_ROOT, keys);
  const isSmaller = through !== null && (smallest === null || through.people.length < smallest.people.length);
  const reached = canAct === "yes";
  return {
    canAct,
    smallest: named(smallest),
    smallestThroughModules: isSmaller ? named(through) : null,
    alone: keys.filter((key) => actingWith(groups, [key]).has(ANY_ROOT)),
    indispensable: reached ? keys.filter((key) => !actingWith(groups, keys.filter((other) => other !== key)).has(ANY_ROOT)) : [],
    indispensableSafes: reached ? safesOf(graph).map(({ address }) => address).filter((safe) => !isOnlyRoot(graph, safe) && !actingWith(without(groups, safe), keys).has(ANY_ROOT)) : [],
    stuck: safesOf(graph)
      .filter(({ address }) => !byKeys.has(address))
      .map(({ address, facts }) => ({
        safe: address,
        threshold: Number(facts.threshold),
        possible: facts.owners.filter((owner) => byKeys.has(owner)).length,
        unknown: facts.owners.filter((owner) => !byKeys.has(owner) && withUnknown.has(owner)).length,
      })),
  };
}

function groupsOf(graph: OwnerGraph, modulesAct: boolean): Map<string, Group> {
  const groups = new Map<string, Group>([[ANY_ROOT, { threshold: 1, members: graph.roots }]]);
  for (const { address, facts } of safesOf(graph)) {
    const owners = `owners of ${address}`;
    if (!modulesAct || facts.modules.length === 0) {
      groups.set(address, { threshold: Number(facts.threshold), members: facts.owners });
      continue;
    }
    groups.set(owners, { threshold: Number(facts.threshold), members: facts.owners });
    groups.set(address, { threshold: 1, members: [owners, ...facts.modules] });
  }
  return groups;
}

function without(groups: ReadonlyMap<string, Group>, safe: Address): Map<string, Group> {
  return new Map([...groups].filter(([name]) => name !== safe));
}

function isOnlyRoot({ roots }: OwnerGraph, safe: Address): boolean {
  return roots.length === 1 && roots[0] === safe;
}

function named(set: SmallestSet | null): SmallestSet | null {
  return set === null ? null : { ...set, people: set.people.toSorted() };
}
