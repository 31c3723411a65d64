import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGsCode, GS_CODES } from "../../../src/protocol/gs-codes.ts";

const PACKAGES = ["@gnosis.pm/safe-contracts", "@safe-global/safe-contracts", "@safe-global/safe-smart-account"];

function codesIn(name: string): string[] {
  const folder = join(import.meta.dirname, "../../../node_modules", name, "contracts");
  const texts = globSync("**/*.sol", { cwd: folder }).map((path) => readFileSync(join(folder, path), "utf8"));
  return texts.flatMap((text) => text.match(/\bGS\d{3}\b/g) ?? []);
}

describe("the codes of a Safe", () => {
  test("are all known that the contracts of 1.3.0, 1.4.1 and 1.5.0 revert with, and no others", () => {
    expect(Object.keys(GS_CODES).toSorted()).toEqual([...new Set(PACKAGES.flatMap(codesIn))].toSorted());
  });

  test("each say what happened and what to do next", () => {
    for (const [code, { means, next }] of Object.entries(GS_CODES)) {
      expect(means, code).toMatch(/^[^A-Z].*[^.]$/);
      expect(next, code).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  test("are found inside a longer reason", () => {
    expect(findGsCode("The call reverts: GS026: an invalid owner")?.code).toBe("GS026");
    expect(findGsCode("GS999")).toBeUndefined();
    expect(findGsCode("out of gas")).toBeUndefined();
  });
});
