import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripTypeScriptTypes } from "node:module";
import { expect, onTestFinished, test } from "vitest";
import { writeScript } from "../../../../src/migration/script/write-script.ts";
import { fillShipped, findShipped, listShipped } from "../../../../src/migration/shipped/shipped-migrations.ts";
import { contractId } from "../../../../src/protocol/contract-id.ts";
import { packageRoot } from "../../../../src/package-root.ts";

test("every script that is shipped is listed, and has no types in it", async () => {
  const files = readdirSync(join(packageRoot(), "migrations")).filter((name) => name.endsWith(".ts"));
  expect(listShipped().map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
  for (const { path } of listShipped()) {
    const text = await readFile(path, "utf8");
    expect(stripTypeScriptTypes(text), path).toBe(text);
  }
});

test("the ids that scripts have at their tops are those of the names beside them", async () => {
  let checked = 0;
  for (const { path } of listShipped()) {
    const text = await readFile(path, "utf8");
    const commented = text.matchAll(/keccak256\("(\w+)"\)[^\n]*\n[^\n]*(0x[0-9a-f]{64})/g);
    const listed = text.matchAll(/^ {2}(\w+): "(0x[0-9a-f]{64})",$/gm);
    for (const [, name = "", id] of [...commented, ...listed]) {
      expect(contractId(name), `${name} in ${path}`).toBe(id);
      checked++;
    }
  }
  expect(checked).toBe(9);
});

test("constants are filled in by name, and one that a script has not is an error", async () => {
  const shipped = findShipped("minter-swap");
  if (shipped === undefined) throw new Error("it is shipped");
  expect(await fillShipped(shipped, { NEW_SCALE: "7n" })).toContain("\nconst NEW_SCALE = 7n;\n");
  await expect(fillShipped(shipped, { NOTHING: "7n" })).rejects.toThrow("no constant NOTHING");
});

test("a script is written from a shipped one, and not from one that there is not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-shipped-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await expect(writeScript(folder, "new minter", "minter-swop")).rejects.toMatchObject({ code: "LPCTL_USAGE_INVALID", next: "lpctl migrate new NAME --from minter-swap" });
  const { name, path } = await writeScript(folder, "new minter", "minter-swap");
  expect(name).toBe("001-new-minter");
  expect(await readFile(path, "utf8")).toBe(await readFile(join(packageRoot(), "migrations/minter-swap.ts"), "utf8"));
});
