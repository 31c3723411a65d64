import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documentOf, repository, runLpctl, runPath, temporaryFolder } from "../cli/run-lpctl.ts";
import { keys, openTerminal } from "./terminal.ts";

const ask = join(repository, "test/fixtures/prompts/ask.ts");

describe("typed confirmation", () => {
  test("goes on only after the exact text", async () => {
    const terminal = openTerminal([ask, "confirm"]);
    await terminal.see("Type 0x12ab to go on:");
    terminal.type(`yes${keys.enter}`);
    await terminal.see("Type 0x12ab exactly, or press Ctrl-C to cancel");
    terminal.type("\u007f\u007f\u007f" + `0x12ab${keys.enter}`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen()).toContain("confirmed");
  });

  test("an empty line never confirms", async () => {
    const terminal = openTerminal([ask, "confirm"]);
    await terminal.see("Type 0x12ab to go on:");
    terminal.type(keys.enter);
    await terminal.see("Type 0x12ab exactly");
    terminal.type(keys.controlC);
    expect(await terminal.exitCode()).toBe(130);
  });

  test("Ctrl-C is 130 and says that nothing further was done", async () => {
    const terminal = openTerminal([ask, "confirm"]);
    await terminal.see("to go on:");
    terminal.type(keys.controlC);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.screen()).toContain("LPCTL_CANCELLED");
    expect(terminal.screen()).not.toMatch(/^\s+at /m);
  });

  test("--confirm answers it without a terminal, and only with the right text", async () => {
    expect(await runLpctl(["confirm", "--confirm", "0x12ab"], { entry: ask })).toMatchObject({ exitCode: 0, stdout: "confirmed\n" });
    const wrong = await runLpctl(["confirm", "--confirm", "0x12ac"], { entry: ask });
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toContain("LPCTL_PROMPT_CONFIRM_MISMATCH");
  });
});

describe("off a terminal", () => {
  test.each([
    ["confirm", "--confirm 0x12ab"],
    ["password", "--password-file PATH"],
    ["select", "--network NAME"],
    ["input", "--name NAME"],
  ])("%s is refused and names the flag, whatever is piped in", async (scenario, flag) => {
    for (const piped of ["", "\n", "0x12ab\n"]) {
      const ran = await runLpctl([scenario], { entry: ask, input: piped });
      expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
      expect(ran.stderr).toContain("LPCTL_PROMPT_REFUSED");
      expect(ran.stderr).toContain(flag);
    }
  });

  test.each(["--json", "--no-input"])("%s refuses on a terminal too", async (flag) => {
    const terminal = openTerminal([ask, "confirm", flag]);
    expect(await terminal.exitCode()).toBe(2);
    expect(terminal.screen()).toContain("LPCTL_PROMPT_REFUSED");
  });

  test("a password comes from a file or from standard input", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "password"), "correct horse\n");
    expect((await runLpctl(["password", "--password-file", "password"], { entry: ask, cwd })).stdout).toBe("correct horse\n");
    expect((await runLpctl(["password", "--password-file", "-"], { entry: ask, input: "battery\n" })).stdout).toBe("battery\n");
    expect((await runLpctl(["password", "--password-file", "-"], { entry: ask })).stderr).toContain("LPCTL_KEYS_PASSWORD_EMPTY");
  });
});

describe("other questions", () => {
  test("a password is never shown", async () => {
    const terminal = openTerminal([ask, "choose"]);
    await terminal.see("New password");
    terminal.type(`hunter2${keys.enter}`);
    await terminal.see("The same again:");
    expect(terminal.screen()).not.toContain("hunter2");
    terminal.type(`hunter3${keys.enter}`);
    await terminal.see("The two are not the same");
    terminal.type(keys.controlC);
    expect(await terminal.exitCode()).toBe(130);
  });

  test("select takes the chosen line", async () => {
    const terminal = openTerminal([ask, "select"]);
    await terminal.see("Which network?");
    terminal.type(keys.down);
    await terminal.see(/[❯>] ethereum/);
    terminal.type(keys.enter);
    expect(await terminal.exitCode()).toBe(0);
  });

  test("input says what is wrong and asks again", async () => {
    const terminal = openTerminal([ask, "input"]);
    await terminal.see("Name");
    terminal.type(`ab${keys.enter}`);
    await terminal.see("Too short");
    terminal.type(`c${keys.enter}`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen()).toMatch(/\nabc$/);
  });
});

describe("progress", () => {
  test("ends as a list of what was done, on a terminal", async () => {
    const terminal = openTerminal([ask, "tasks"]);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen()).toMatch(/✔ Compile JobsManagerV2: 3 files {2}\d+ ms\n✔ Compare layouts {2}\d+ ms\n/);
  });

  test("is plain lines on stderr off a terminal, and the result alone on stdout", async () => {
    const ran = await runLpctl(["tasks"], { entry: ask });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "Compile JobsManagerV2, Compare layouts\n" });
    expect(ran.stderr.replaceAll(/\d+ ms/g, "N ms")).toBe(
      "● Compile JobsManagerV2 …\n✔ done  Compile JobsManagerV2: 3 files  N ms\n● Compare layouts …\n✔ done  Compare layouts  N ms\n",
    );
  });

  test.each(["--quiet", "--json"])("is silent with %s", async (flag) => {
    expect((await runLpctl(["tasks", flag], { entry: ask })).stderr).toBe("");
  });

  test.each([[true], [false]])("stops at the first failure and reports it once (terminal: %s)", async (onTerminal) => {
    if (onTerminal) {
      const terminal = openTerminal([ask, "failing"]);
      expect(await terminal.exitCode()).toBe(1);
      expect(terminal.screen().match(/slot 7 moved/g)).toHaveLength(1);
    } else {
      const ran = await runLpctl(["failing"], { entry: ask });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr.match(/slot 7 moved/g)).toHaveLength(1);
      expect(ran.stderr).toContain("✖ failed  Compare layouts");
      expect(ran.stderr).not.toContain("● Never reached");
    }
  });
});

describe("Ctrl-C outside a prompt", () => {
  test("runs the cleanups, says so, and is 130", async () => {
    const terminal = openTerminal([ask, "wait"]);
    await terminal.see("waiting");
    terminal.type(keys.controlC);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.screen()).toContain("cleaned up");
    expect(terminal.screen()).toContain("LPCTL_CANCELLED");
  });

  test("is a JSON document with --json", async () => {
    const child = spawn(process.execPath, [ask, "wait", "--json"], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    let stdout = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.once("message", () => child.kill("SIGINT"));
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(exitCode).toBe(130);
    expect(documentOf({ stdout, stderr: "", exitCode }).error).toMatchObject({ code: "LPCTL_CANCELLED" });
  });
});

describe("the real binary on a terminal", () => {
  test("aligns tables and prints help in bold, without colour under NO_COLOR", async () => {
    const table = openTerminal([runPath, "config", "explain"]);
    expect(await table.exitCode()).toBe(0);
    expect(table.screen()).toMatch(/^KEY {2,}VALUE {2,}FROM/);
    const plain = openTerminal([runPath, "config", "bogus"], { env: { NO_COLOR: "1" } });
    expect(await plain.exitCode()).toBe(2);
    expect(plain.screen()).toContain("✖ error  There is no command");
  });
});
