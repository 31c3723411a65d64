import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parseEffects } from "../../../src/simulation/effects/effects-file.ts";

const effect = { address: "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B", path: "fee", type: "uint256", before: "1", after: "2" };
const { before: _, ...withoutBefore } = effect;
const file = (...effects: unknown[]): unknown => ({ schema: 1, effects });

describe("the published schema of effects.json", () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../../docs/schemas/files/effects.json"), "utf8")) as object;
  const validate = new Ajv2020({ strict: false }).compile(schema);
  const reads = (content: unknown): boolean => {
    try {
      return parseEffects(JSON.stringify(content), "effects.json").length >= 0;
    } catch {
      return false;
    }
  };

  test.each([
    ["nothing", file()],
    ["a value", file({ ...effect, contract: "Pool" })],
    ["a place without type", file({ ...effect, type: undefined, path: "code", after: "0x" })],
    ["a range", file({ ...effect, after: { min: "0", max: "20" } })],
    ["a range with one end", file({ ...effect, type: "int8", before: { min: "-5" }, after: { max: "9" } })],
    ["anything", file({ ...effect, before: { any: true }, after: { any: true } })],
  ])("accepts %s, as lpctl does", (_name, content) => {
    const plain: unknown = JSON.parse(JSON.stringify(content));
    expect(validate(plain), JSON.stringify(validate.errors)).toBe(true);
    expect(reads(plain)).toBe(true);
  });

  test.each([
    ["another schema", { schema: 2, effects: [] }],
    ["no list", { schema: 1 }],
    ["an unknown member", { ...(file() as object), more: 1 }],
    ["an unknown member of an effect", file({ ...effect, slot: "0x" })],
    ["a missing side", file(withoutBefore)],
    ["an address that is none", file({ ...effect, address: "0x12" })],
    ["an empty path", file({ ...effect, path: "" })],
    ["a number that is no text", file({ ...effect, after: 2 })],
    ["an empty range", file({ ...effect, after: {} })],
    ["a range in hexadecimal", file({ ...effect, after: { min: "0x1" } })],
    ["a range and anything at once", file({ ...effect, after: { any: true, min: "1" } })],
    ["anything denied", file({ ...effect, after: { any: false } })],
  ])("refuses %s, as lpctl does", (_name, content) => {
    expect(validate(content)).toBe(false);
    expect(reads(content)).toBe(false);
  });
});
