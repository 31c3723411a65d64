import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Locked {
  optionalDependencies?: Record<string, string>;
}

/** npm drops the binaries of other platforms when it cannot fetch them, and `npm ci` then fails in a clean clone. */
test("the lockfile names the binaries of every platform", () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages)),
  );
  expect(missing).toEqual([]);
});
