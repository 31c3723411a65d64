import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publicCommands } from "../cli/result-schemas.ts";
import { cleanEnvironment, repository, runPath } from "../cli/run-lpctl.ts";
import { loadTutorial, missingLine, splitOutput, tutorialScript } from "./tutorial.ts";

/**
 * The tutorial is run as it stands, on the port the README uses: `node start` takes 8545, and a free one when somebody
 * else has that, so nothing has to be rewritten here.
 */
const blocks = loadTutorial();
const folder = mkdtempSync(join(tmpdir(), "lpctl-tutorial-"));
const environment = { ...cleanEnvironment(join(folder, "home")), PATH: `${join(folder, "bin")}:/usr/bin:/bin` };
let ran: { text: string; ended: string }[] = [];

describe("the README", () => {
  beforeAll(async () => {
    mkdirSync(join(folder, "home"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "work"));
    const shim = join(folder, "bin/lpctl");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${runPath}" "$@"\n`);
    chmodSync(shim, 0o755);
    ran = splitOutput(await runBash(tutorialScript(blocks)), blocks.length);
  }, 300_000);

  afterAll(() => {
    // Whatever happened above, the chain must not stay. Stopping what does not run is no error.
    spawnSync(process.execPath, [runPath, "node", "stop", "--directory", join(folder, "work/lpctl-tutorial")], { env: environment });
    rmSync(folder, { recursive: true, force: true });
  });

  test("has a tutorial", () => {
    expect(blocks.length).toBeGreaterThan(8);
  });

  test.each(blocks.map((block, index) => [block.commands[0]?.text ?? "", index] as const))("shows what happens: %s", (_, index) => {
    const { text, ended } = ran[index] ?? { text: "", ended: "not run" };
    expect(ended, text).toBe("ok");
    expect(missingLine(blocks[index]?.shown ?? [], text), text).toBeUndefined();
  });

  test("names every command", () => {
    const readme = readFileSync(join(repository, "README.md"), "utf8");
    const table = readme.slice(readme.indexOf("## Commands"));
    expect(publicCommands().filter((command) => !table.includes(`\`${command}\``))).toEqual([]);
  });
});

/** Everything a person would see, stdout and stderr in their order. */
async function runBash(script: string): Promise<string> {
  const bash = spawn("/bin/bash", ["-c", `exec 2>&1 </dev/null\n${script}`], { cwd: join(folder, "work"), env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  bash.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await new Promise((resolve, reject) => bash.on("error", reject).on("close", resolve));
  return output;
}
