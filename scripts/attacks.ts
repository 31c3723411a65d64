/** Runs every rehearsed attack on one chain and writes what stopped it into docs/guide/attacks.md; a test holds the page to the runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compilerCacheFolders } from "../src/config/compiler-cache.ts";
import { ATTACKS } from "../src/rehearsal/attacks/all-attacks.ts";
import { openScene } from "../src/rehearsal/attacks/scene.ts";
import { attackTable, judgeAttack, type JudgedAttack } from "../src/rehearsal/attacks/table.ts";

const page = join(import.meta.dirname, "../docs/guide/attacks.md");
const [begin, end] = ["<!-- generated: attacks -->", "<!-- /generated -->"];
const folder = mkdtempSync(join(tmpdir(), "lpctl-attacks-"));
const scene = await openScene({ folder, compilerCaches: compilerCacheFolders(), producedBy: "lpctl" }, () => {});
try {
  const judged: JudgedAttack[] = [];
  for (const attack of ATTACKS) judged.push(await judgeAttack(attack, scene));
  const text = readFileSync(page, "utf8");
  const [before, rest = ""] = text.split(begin);
  const next = `${before ?? ""}${begin}\n\n${attackTable(judged)}\n\n${end}${rest.split(end)[1] ?? ""}`;
  writeFileSync(page, next);
} finally {
  await scene.stop();
  rmSync(folder, { recursive: true, force: true });
}
