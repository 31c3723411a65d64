import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunFolder } from "../../../src/migration/run/run-folder.ts";
import { formatValue, parseValue } from "../../../src/migration/run/value-json.ts";
import type { Value } from "../../../src/migration/script/define-migration.ts";
import { findScript } from "../../../src/migration/script/load-script.ts";
import { ambientTypes, formatDeclarations } from "../../../src/migration/script/script-types.ts";
import { writeScript } from "../../../src/migration/script/write-script.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "lpctl-script-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("scripts are numbered, and found by number, name or path", async () => {
  const first = await writeScript(folder, "Lock unbonding!");
  const second = await writeScript(folder, "scale");
  expect([first.name, second.name]).toEqual(["001-lock-unbonding", "002-scale"]);
  for (const wanted of ["1", "001", "lock-unbonding", "001-lock-unbonding", first.path, "001-lock-unbonding.ts"]) expect(findScript(folder, wanted)).toBe(first.path);
  expect(() => findScript(folder, "3")).toThrow(expect.objectContaining({ code: "LPCTL_MIGRATE_NOT_FOUND", why: "known: 001-lock-unbonding, 002-scale" }));
  writeFileSync(join(folder, "migrations/002-other.ts"), "");
  expect(() => findScript(folder, "2")).toThrow(expect.objectContaining({ code: "LPCTL_MIGRATE_AMBIGUOUS" }));
  await expect(writeScript(folder, "///")).rejects.toMatchObject({ code: "LPCTL_USAGE_INVALID" });
});

test("types for editors are all of the module, and none of its code", () => {
  const source = readFileSync("src/migration/script/define-migration.ts", "utf8");
  expect(formatDeclarations(source)).not.toContain("return migration");
  const exported = (text: string): string[] => [...text.matchAll(/export (?:declare )?(?:interface|type|function) (\w+)/g)].map(([, name]) => name ?? "").toSorted();
  expect(exported(ambientTypes())).toEqual(exported(source));
});

test("values are read as they were kept, and what would be read as something else is refused", () => {
  const values: Value[] = [null, [1n, "1", true, { deep: [{ bigint: 2n }] }], { bigint: "12", more: -(10n ** 30n) }, '{"bigint":"1"}'];
  for (const value of values) expect(parseValue(formatValue(value))).toEqual(value);
  for (const wrong of [{ bigint: "1" }, Number.NaN, () => 1]) expect(() => formatValue(wrong as Value)).toThrow("cannot be kept");
});

test("rows that were changed after they were prepared are refused", async () => {
  const run = new RunFolder(folder, "local", "001-rows");
  expect(await run.keepRows("accounts", [{ amount: 5n }, { amount: 6n }])).toBe(2);
  await run.savePrepared(undefined);
  const rows: Value[] = [];
  for await (const row of new RunFolder(folder, "local", "001-rows").rows("accounts")) rows.push(row);
  expect(rows).toEqual([{ amount: 5n }, { amount: 6n }]);
  writeFileSync(join(run.path, "rows-accounts.ndjson"), '{"amount":{"bigint":"7"}}\n');
  await expect(run.loadPrepared()).rejects.toMatchObject({ code: "LPCTL_MIGRATE_PREPARED_UNREADABLE" });
  await expect(run.keepRows("../escape", [])).rejects.toThrow("named in lower case");
});
