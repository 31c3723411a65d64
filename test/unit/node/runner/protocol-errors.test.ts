import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROTOCOL_ERRORS } from "../../../../src/node/runner/protocol-errors.ts";

const ROOT = join(import.meta.dirname, "../../../..");
/** What actors call. */
const CALLED = "contracts/{bonding,jobs,payments,registry,rounds,token}/*.sol";

test("every error that a call of an actor can meet is known by name", () => {
  const declared = globSync(CALLED, { cwd: ROOT }).flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return [...text.matchAll(/^\s*(error \w+\([^)]*\));/gm)].map((match) => match[1] ?? "");
  });
  expect(declared.length).toBeGreaterThan(50);
  const known = new Set(PROTOCOL_ERRORS);
  expect(declared.filter((error) => !known.has(error))).toEqual([]);
});
