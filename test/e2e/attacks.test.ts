import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ATTACKS } from "../../src/rehearsal/attacks/all-attacks.ts";
import { openScene, type Scene } from "../../src/rehearsal/attacks/scene.ts";
import { attackTable, judgeAttack } from "../../src/rehearsal/attacks/table.ts";
import { COMPILE_CACHES, ROOT } from "./local-project.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-attacks-"));
const page = readFileSync(join(ROOT, "docs/guide/attacks.md"), "utf8");
let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ folder, compilerCaches: COMPILE_CACHES, producedBy: "test" }, () => {});
});
afterAll(async () => {
  await scene?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each(ATTACKS.map((attack) => ({ name: attack.name, attack })))("$name does harm where nothing stops it, and is stopped on every way in, as the page says", async ({ attack }) => {
  const judged = await judgeAttack(attack, scene);
  expect(judged.harm).toBeDefined();
  for (const attempt of judged.attempts) expect(attempt).toMatchObject({ code: expect.any(String), leftBehind: undefined });
  expect(page).toContain(attackTable([judged]));
});

test("the page has every attack and no other", () => {
  expect([...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual(ATTACKS.map(({ name }) => name));
});
