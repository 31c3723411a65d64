import { id } from "ethers/hash";
import { expect, test } from "vitest";
import type { Hex } from "../../../src/protocol/hex.ts";
import { fingerprintOf, isSameFingerprint } from "../../../src/safe/fingerprint.ts";

const bundle = (text: string): { id: Hex } => ({ id: id(text) as Hex });

test("the words of a bundle are always the same, and those of others are others", () => {
  expect(fingerprintOf(bundle("one"))).toEqual(fingerprintOf(bundle("one")));
  // Written down once: another lpctl on the second machine must show these too.
  expect(fingerprintOf(bundle("one")).join(" ")).toMatchInlineSnapshot(`"timber enjoy good bright hard where close invite"`);
  const all = Array.from({ length: 500 }, (_, index) => fingerprintOf(bundle(`bundle ${index}`)).join(" "));
  expect(new Set(all).size).toBe(500);
  // Every bit of every word is drawn from: of 4,000 words far more than half the list is seen.
  expect(new Set(all.join(" ").split(" ")).size).toBeGreaterThan(1_600);
});

test("a person may type the first four letters, capitals, numbers and commas", () => {
  const words = fingerprintOf(bundle("one"));
  expect(isSameFingerprint(words.join(" "), words)).toBe(true);
  expect(isSameFingerprint(words.map((word, index) => `${index + 1}. ${word.toUpperCase()},`).join("\n"), words)).toBe(true);
  expect(isSameFingerprint(words.map((word) => word.slice(0, 4)).join(" "), words)).toBe(true);
});

test("words that are missing, swapped, too short or not those are not the same", () => {
  const words = fingerprintOf(bundle("one"));
  const [first, second, ...rest] = words;
  expect(isSameFingerprint(words.slice(1).join(" "), words)).toBe(false);
  expect(isSameFingerprint([second, first, ...rest].join(" "), words)).toBe(false);
  expect(isSameFingerprint(words.map((word) => word.slice(0, 2)).join(" "), words)).toBe(false);
  expect(isSameFingerprint([...words, first].join(" "), words)).toBe(false);
  expect(isSameFingerprint(fingerprintOf(bundle("two")).join(" "), words)).toBe(false);
  expect(isSameFingerprint("", words)).toBe(false);
});
