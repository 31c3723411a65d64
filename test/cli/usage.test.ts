import { describe, expect, test } from "vitest";
import { documentOf, runLpctl } from "./run-lpctl.ts";

describe("wrong usage", () => {
  test("names the nearest command, exits 2 and runs nothing", async () => {
    const ran = await runLpctl(["config", "shwo"]);
    expect(ran).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "✖ error  There is no command "config shwo".
        The nearest is: lpctl config show
        next:  lpctl config show --help
        code:  LPCTL_USAGE_UNKNOWN_COMMAND
      ",
        "stdout": "",
      }
    `);
  });

  test("finds the nearest command behind a typo with arguments", async () => {
    const ran = await runLpctl(["config", "explan", "something", "--json"]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: "" });
    expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_USAGE_UNKNOWN_COMMAND", cause: "The nearest is: lpctl config explain" });
  });

  test("says what a number may be, and names the help of the command", async () => {
    const ran = await runLpctl(["proposal", "replay", "1", "--last", "0"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain("--last takes an integer greater than or equal to 1, not 0.\n  next:  lpctl proposal replay --help\n");
  });

  test("names the nearest flag", async () => {
    const ran = await runLpctl(["config", "explain", "--netwrk", "local"]);
    expect(ran).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "✖ error  Nonexistent flag: --netwrk.
        The nearest flag is --network.
        next:  lpctl config explain --help
        code:  LPCTL_USAGE_UNKNOWN_FLAG
      ",
        "stdout": "",
      }
    `);
  });

  test("answers a wrong flag beside --json with a small document and silence on stderr", async () => {
    const ran = await runLpctl(["config", "explain", "--bogus", "--json"]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: "" });
    expect(ran.stdout.length).toBeLessThan(500);
    expect(Object.keys(documentOf(ran))).toEqual(["schema", "ok", "error"]);
    expect(documentOf(ran)).toMatchObject({ schema: 1, ok: false, error: { code: "LPCTL_USAGE_UNKNOWN_FLAG", cause: null } });
  });

  test.each([
    [["completion"], "LPCTL_USAGE_MISSING_ARGUMENT", /^Missing SHELL: /],
    [["completion", "tcsh"], "LPCTL_USAGE_BAD_VALUE", /tcsh/],
    [["completion", "bash", "zsh"], "LPCTL_USAGE_UNEXPECTED_ARGUMENT", /zsh/],
    [["config", "explain", "--network"], "LPCTL_USAGE_MISSING_VALUE", /--network/],
    [["safe", "create"], "LPCTL_USAGE_FLAGS", /^Missing required flag --owner and --threshold\.$/],
  ])("%j is %s", async (args, code, message) => {
    const ran = await runLpctl([...args, "--json"]);
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  test("shows a stack trace only with --verbose", async () => {
    const quiet = await runLpctl(["config", "explain", "--bogus"]);
    const verbose = await runLpctl(["config", "explain", "--bogus", "--verbose"]);
    expect(quiet.stderr).not.toMatch(/^\s+at /m);
    expect(verbose.stderr).toMatch(/^\s+at /m);
  });

  test("prints control characters of what was typed as text", async () => {
    const ran = await runLpctl(["\u001b[31mred", "--json"]);
    expect(ran.stdout).not.toContain("\u001b");
    const plain = await runLpctl(["\u001b]0;title\u0007"]);
    expect(plain.stderr).not.toContain("\u001b");
    expect(plain.stderr).not.toContain("\u0007");
  });
});

describe("flags before the command", () => {
  test("mean the same as after it", async () => {
    const before = await runLpctl(["--json", "-n", "ethereum", "config", "explain"], { env: { LPCTL_RPC_URL: "http://127.0.0.1:1" } });
    expect(before.exitCode).toBe(0);
    expect(documentOf(before).ok).toBe(true);
  });
});

describe("colour", () => {
  const args = ["config", "bogus"];

  test("is absent when stderr is not a terminal", async () => {
    expect((await runLpctl(args)).stderr).not.toContain("\u001b");
  });

  test("is forced by FORCE_COLOR and taken back by --no-color and FORCE_COLOR=0", async () => {
    expect((await runLpctl(args, { env: { FORCE_COLOR: "1" } })).stderr).toContain("\u001b[31m");
    expect((await runLpctl([...args, "--no-color"], { env: { FORCE_COLOR: "1" } })).stderr).not.toContain("\u001b");
    expect((await runLpctl(args, { env: { FORCE_COLOR: "0" } })).stderr).not.toContain("\u001b");
  });
});
