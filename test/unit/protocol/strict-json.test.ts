import { expect, test } from "vitest";
import { parseStrictJson } from "../../../src/protocol/strict-json.ts";

test("finds a key twice behind strings that end in escapes or look like keys, and reads strings of many megabytes", () => {
  expect(parseStrictJson(String.raw`{"a":"\\","b":"\\\"{","c":["a","a:",{"a":1}]}`)).toEqual({ a: "\\", b: '\\"{', c: ["a", "a:", { a: 1 }] });
  expect(() => parseStrictJson(String.raw`{"a":"\\","b":1,"a" :2}`)).toThrow("given twice");
  expect(() => parseStrictJson(String.raw`{"a":1,"\u0061":2}`)).toThrow("given twice");
  expect(() => parseStrictJson(`{"a":"${"x".repeat(20_000_000)}","b":1,"b":2}`)).toThrow("given twice");
});
