import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKS } from "../../../src/checks/all-checks.ts";

const SRC = join(import.meta.dirname, "../../../src");
/** Where findings of a proposal are made. Those of a genesis, and of what a transport shows, have commands of their own. */
const FILES = globSync("{checks,solidity,lifecycle,protocol,simulation}/**/*.ts", { cwd: SRC }).filter((path) => basename(path) !== "sync-bundles.ts");

/** `code: "x"`, and `finding("warning", "x"` or `refusal("x"` where a file has such a function. */
function codesIn(path: string): string[] {
  const text = readFileSync(join(SRC, path), "utf8");
  return [
    ...text.matchAll(/\bcode: (?:[\w.]+ === [\w."]+ \? )?"([a-z]+(?:-[a-z0-9]+)+)"(?: : "([a-z]+(?:-[a-z0-9]+)+)")?/g),
    ...text.matchAll(/\b(?:finding|refusal|warning)\((?:"(?:refuse|warning|info)", )?"([a-z]+(?:-[a-z0-9]+)+)"/g),
    ...text.matchAll(/\b(?:code|return) "((?:layout|parameter)-[a-z-]+)"/g),
  ].flatMap((match) => match.slice(1).filter((code) => code !== undefined));
}

describe("the index of checks", () => {
  test("has every file of a check, under the name of its file", () => {
    const files = globSync("checks/*.ts", { cwd: SRC }).filter((path) => /\bexport const \w+(: Check = |\s= preparedCheck\()/.test(readFileSync(join(SRC, path), "utf8")));
    expect(CHECKS.map(({ name }) => name).toSorted()).toEqual(files.map((path) => basename(path, ".ts")).toSorted());
  });

  test("knows every code that anything gives, once", () => {
    const known = CHECKS.flatMap(({ codes }) => codes);
    expect(known.filter((code, index) => known.indexOf(code) !== index)).toEqual([]);
    expect(FILES.flatMap(codesIn).filter((code) => !known.includes(code))).toEqual([]);
  });

  test("promises no code that nothing gives", () => {
    const text = FILES.filter((path) => !path.startsWith("checks/") || !readFileSync(join(SRC, path), "utf8").includes("preparedCheck({"))
      .map((path) => readFileSync(join(SRC, path), "utf8").replaceAll(/^ {2}codes: \[[^\]]*\],$/gm, ""))
      .join("\n");
    // Put together from a prefix and the name of an opcode, or from a kind of ABI entry.
    const isBuilt = (code: string): boolean => /^(assembly|unsafe)-(delegatecall|callcode|selfdestruct)$|^abi-(function|event|error)-removed$/.test(code);
    expect(CHECKS.flatMap(({ codes }) => codes).filter((code) => !isBuilt(code) && !text.includes(`"${code}"`))).toEqual([]);
  });

  test.each(CHECKS.map(({ name, explains }) => [name, explains] as const))("says what %s protects from", (_name, explains) => {
    expect(explains.length).toBeGreaterThan(150);
    expect(explains).toMatch(/[.]$/);
    expect(explains).not.toMatch(/ {2}/);
  });
});
