import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Tests of the real binary run `bin/run.js`, which runs `dist/`. Building here makes
 * `npm test` right in any order: after an edit, after a fresh clone, without a build step to remember.
 */
export default function build(): void {
  if (!existsSync("scripts/build.ts")) return;
  const built = spawnSync(process.execPath, ["scripts/build.ts"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`scripts/build.ts failed:\n${built.stdout}\n${built.stderr}`);
}
