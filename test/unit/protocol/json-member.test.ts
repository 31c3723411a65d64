import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceOfMember } from "../../../src/protocol/json-member.ts";

const jsonObject = fc.dictionary(fc.oneof(fc.string(), fc.constant("accounts")), fc.jsonValue());

test("a member of a document is found without parsing what lies before it", () => {
  const found = (text: string): unknown => JSON.parse(sliceOfMember(Buffer.from(text), "accounts").toString("utf8"));
  expect(found('{"block":{"accounts":1},"x":"accounts","accounts" : {"a":"}\\"{"} ,"blocks":[{}]}')).toEqual({ a: '}"{' });
  expect(found('{"accounts":7}')).toBe(7);
  expect(found('{"accounts":[1,{"b":[2]}]}')).toEqual([1, { b: [2] }]);
});

test("whatever a document holds, its member is what a parser finds", () => {
  fc.assert(
    fc.property(jsonObject, fc.jsonValue(), fc.boolean(), (others, value, isFirst) => {
      const { accounts: _, ...rest } = others;
      const json = JSON.stringify(isFirst ? { accounts: value, ...rest } : { ...rest, accounts: value }, undefined, isFirst ? 1 : 0);
      const parsed = JSON.parse(json) as { accounts: unknown };
      expect(JSON.parse(sliceOfMember(Buffer.from(json), "accounts").toString("utf8"))).toEqual(parsed.accounts);
    }),
  );
});

test("a document without the member is refused", () => {
  expect(() => sliceOfMember(Buffer.from('{"block":{"accounts":1},"x":"accounts"}'), "accounts")).toThrow(RangeError);
  expect(() => sliceOfMember(Buffer.from('{"accou'), "accounts")).toThrow(RangeError);
});
