import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/protocol/hex.ts";
import { smallestSet } from "../../../src/safe/smallest-set.ts";
import { actingWith, type Group } from "../../../src/safe/threshold-tree.ts";

const key = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const keys = (count: number, from = 0): Address[] => Array.from({ length: count }, (_, index) => key(from + index + 1));
const tree = (groups: Record<string, [threshold: number, members: string[]]>): Map<string, Group> =>
  new Map(Object.entries(groups).map(([name, [threshold, members]]) => [name, { threshold, members }]));

/** All subsets, smallest first: slow, and right. */
function bruteForce(groups: ReadonlyMap<string, Group>, people: readonly Address[]): number | undefined {
  const sizes = Array.from({ length: 1 << people.length }, (_, mask) => people.filter((_person, index) => (mask >> index) & 1))
    .filter((chosen) => actingWith(groups, chosen).has("root"))
    .map((chosen) => chosen.length);
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

describe("the fewest people who can act", () => {
  test.each<[string, number | undefined, ReturnType<typeof tree>, Address[]]>([
    ["of a plain Safe are as many as it asks for", 2, tree({ root: [2, keys(3)] }), keys(3)],
    ["count a person once who sits in two Safes", 1, tree({ root: [2, ["a", "b"]], a: [1, [key(1), key(2)]], b: [1, [key(1), key(3)]] }), keys(3)],
    ["are found where taking the cheapest Safe first is wrong", 2, tree({ root: [2, ["a", "b", "c"]], a: [1, [key(9)]], b: [2, [key(1), key(2)]], c: [2, [key(1), key(2)]] }), [...keys(2), key(9)]],
    ["of a Safe that owns itself through another are those from outside the circle", 2, tree({ root: [2, ["a", key(1)]], a: [1, ["root", key(2)]] }), keys(2)],
    ["do not exist where two Safes wait for each other", undefined, tree({ root: [1, ["a"]], a: [1, ["root"]] }), keys(1)],
    ["do not exist where the threshold is beyond reach", undefined, tree({ root: [2, [key(1), "a"]], a: [2, [key(2)]] }), keys(2)],
  ])("%s", (_what, fewest, groups, people) => {
    expect(smallestSet(groups, "root", people)?.people.length).toBe(fewest);
  });

  test("are exact for nine Safes of nine people each, which nobody could try one by one", () => {
    const names = Array.from({ length: 9 }, (_, index) => `safe ${index}`);
    const groups = tree({ root: [5, names], ...Object.fromEntries(names.map((name, index) => [name, [4, keys(9, index * 9)] as [number, string[]]])) });
    expect(smallestSet(groups, "root", keys(81))).toMatchObject({ atLeast: 20, people: { length: 20 } });
  });

  test("say between which numbers they are when the search is cut short", () => {
    const names = Array.from({ length: 6 }, (_, index) => `safe ${index}`);
    const groups = tree({ root: [4, names], ...Object.fromEntries(names.map((name, index) => [name, [3, keys(7, index * 2)] as [number, string[]]])) });
    const [cut, whole] = [smallestSet(groups, "root", keys(17), 1), smallestSet(groups, "root", keys(17))];
    expect(whole?.people.length).toBe(whole?.atLeast);
    expect(cut?.atLeast).toBeLessThanOrEqual(whole?.people.length ?? 0);
    expect(cut?.people.length).toBeGreaterThanOrEqual(whole?.people.length ?? 99);
    expect(actingWith(groups, cut?.people ?? [])).toContain("root");
  });

  test("are what trying every set gives, in any tangle of Safes", () => {
    const people = keys(7);
    const names = ["root", "a", "b", "c", "d"];
    const member = fc.constantFrom<string>(...people, ...names);
    const group = fc.uniqueArray(member, { minLength: 1, maxLength: 5 }).chain((members) => fc.integer({ min: 1, max: members.length }).map((threshold): [number, string[]] => [threshold, members]));
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group), (chosen) => {
        const groups = tree(Object.fromEntries(names.map((name, index) => [name, chosen[index] ?? [1, []]])));
        const found = smallestSet(groups, "root", people);
        expect(found?.people.length).toBe(bruteForce(groups, people));
        expect(found?.atLeast).toBe(found?.people.length);
        if (found !== null) expect(actingWith(groups, found.people)).toContain("root");
      }),
      { numRuns: 300 },
    );
  });
});
