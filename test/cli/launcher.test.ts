import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cleanEnvironment, devPath, repository, runLpctl, runPath, temporaryFolder } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };

/** Loads every command from its TypeScript, which takes a second and a half. */
const source = createWarmLpctl("source");
afterAll(() => source.stop());

function shell(script: string, cwd = temporaryFolder()) {
  const env = { ...cleanEnvironment(cwd), NODE: process.execPath, LPCTL: runPath };
  return spawnSync("bash", ["-c", script], { cwd, env, encoding: "utf8" });
}

describe("the launcher", () => {
  test.each(["--version", "-v"])("answers %s with the package's version", async (flag) => {
    const ran = await runLpctl([flag]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ran.stdout).toMatch(new RegExp(`^lpctl/${version} \\S+ node-v\\S+\\n$`));
  });

  test.each([
    [["--help"]],
    [["-h"]],
    [["help"]],
    [["config", "--help"]],
    [["help", "config"]],
    [["config", "explain", "-h"]],
    [["config", "explain", "--json", "--help"]],
    [["help", "completion"]],
    [["completion", "bash", "--help"]],
  ])("prints the same help for %j from the manifest as through oclif from source", async (args) => {
    const fast = await runLpctl(args);
    expect(fast).toMatchObject({ exitCode: 0, stderr: "" });
    const cwd = temporaryFolder();
    expect(await source.run({ args, cwd, env: cleanEnvironment(cwd) })).toEqual(fast);
  });

  test("reports wrong usage alike from the compiled code and from source", async () => {
    for (const args of [["bogus"], ["config", "explain", "--bogus"], ["completion", "tcsh", "--json"]]) {
      const cwd = temporaryFolder();
      expect(await source.run({ args, cwd, env: cleanEnvironment(cwd) })).toEqual(await runLpctl(args));
    }
  });

  test("is the same in a process of its own from source", async () => {
    expect(await runLpctl(["help", "config"], { entry: devPath })).toEqual(await runLpctl(["help", "config"]));
  });

  test("prints help when nothing is asked, and for a topic without a verb", async () => {
    expect((await runLpctl([])).stdout).toBe((await runLpctl(["--help"])).stdout);
    const topic = await runLpctl(["config"]);
    expect(topic).toEqual(await runLpctl(["config", "--help"]));
  });

  test("shows command names with spaces, never colons", async () => {
    const { stdout } = await runLpctl(["config", "--help"]);
    expect(stdout).toContain("config explain");
    expect(stdout).not.toContain("config:explain");
  });

  test("refuses help on a command that does not exist", async () => {
    const ran = await runLpctl(["confg", "--help"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain("LPCTL_USAGE_UNKNOWN_COMMAND");
  });

  test("never loads TypeScript because of NODE_ENV", async () => {
    for (const NODE_ENV of ["test", "development"]) {
      const ran = await runLpctl(["config", "explain"], { env: { NODE_ENV } });
      expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });

  test("writes its compile cache below the user's own cache folder only", async () => {
    const home = temporaryFolder();
    await runLpctl(["config", "explain"], { cwd: home, env: { XDG_CACHE_HOME: join(home, "cache"), TMPDIR: join(home, "tmp") } });
    const written = execFileSync("find", [home, "-type", "d", "-name", "lpctl"], { encoding: "utf8" });
    expect(written.trim()).toBe(join(home, "cache/lpctl"));
  });

  test("says in one sentence that it is not built, when node cannot run its source", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "bin"));
    cpSync(runPath, join(folder, "bin/run.js"));
    cpSync(join(repository, "package.json"), join(folder, "package.json"));
    const ran = spawnSync(process.execPath, [join(folder, "bin/run.js"), "status"], { encoding: "utf8" });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toBe("lpctl is not built: run `npm ci` in its folder (or `npm run build` with Node 22.18 or newer).\n");
  });

  test("checks the version of node before it imports anything of its own", () => {
    const source = readFileSync(runPath, "utf8");
    const check = source.indexOf("isOlderThan(20, 19)");
    const imports = [...source.matchAll(/^import .* from "(.*)";$/gm)].map((match) => match[1]);
    expect(imports.every((name) => name?.startsWith("node:"))).toBe(true);
    expect(source.indexOf("await import(")).toBeGreaterThan(check);
  });
});

describe("broken pipes and full disks", () => {
  test.each(["--help", "config explain", "config show --json", "completion bash"])("`lpctl %s | head -1` ends with 0 and says nothing", (args) => {
    const ran = shell(`"$NODE" "$LPCTL" ${args} | head -n 1; exit "\${PIPESTATUS[0]}"`);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
  });

  test("a reader that is gone before anything is written is no failure", () => {
    const ran = shell(`"$NODE" "$LPCTL" config explain | true; exit "\${PIPESTATUS[0]}"`);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
  });

  test("a closed stderr does not stop the work nor change its exit code", () => {
    const ran = shell(`"$NODE" "$LPCTL" bogus 2>&1 >/dev/null | true; exit "\${PIPESTATUS[0]}"`);
    expect(ran.status).toBe(2);
  });

  test.skipIf(process.platform !== "linux").each(["--version", "config explain"])("`lpctl %s` to a full disk fails and says why", (args) => {
    const ran = shell(`"$NODE" "$LPCTL" ${args} > /dev/full`);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("the disk is full");
  });
});
