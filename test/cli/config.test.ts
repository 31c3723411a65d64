import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documentOf, runLpctl, temporaryFolder } from "./run-lpctl.ts";

const lpctlYaml = `schema: 1
networks:
  local:
    rpcUrl: http://user:secret@127.0.0.1:8545/v2/0123456789abcdef0123?key=abc
    chainId: 31337
    controller: "0xF96D54E490317c557A967ABfA5d6e33006BE69b3"
    keys:
      alice: { keystore: keys/alice.json }
`;

function project(text: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "lpctl.yaml"), text);
  return folder;
}

interface Explained {
  values: { key: string; value: string; from: string }[];
}

async function explain(args: string[], options: { cwd: string; env?: Record<string, string> }) {
  const ran = await runLpctl(["config", "explain", "--json", ...args], options);
  expect(ran.exitCode).toBe(0);
  const { values } = documentOf(ran).result as Explained;
  return Object.fromEntries(values.map(({ key, value, from }) => [key, { value, from }]));
}

describe("lpctl config explain", () => {
  test("shows each value with where it came from, and no secret", async () => {
    const cwd = project(lpctlYaml);
    const values = await explain([], { cwd });
    const from = `project file ${join(cwd, "lpctl.yaml")}`;
    expect(values["network"]).toEqual({ value: "local", from });
    expect(values["rpcUrl"]).toEqual({ value: "http://127.0.0.1:8545/v2/…?…", from });
    expect(values["chainId"]).toEqual({ value: "31337", from });
    expect(values["keys.alice"]?.value).toBe(join(cwd, "keys/alice.json"));
    const shown = await runLpctl(["config", "show"], { cwd });
    expect(shown.stdout).not.toMatch(/secret|0123456789abcdef|key=abc/);
  });

  test("puts flags before variables before files", async () => {
    const cwd = project(lpctlYaml);
    const env = { LPCTL_NETWORK: "ethereum", LPCTL_RPC_URL: "http://127.0.0.1:9/" };
    expect((await explain([], { cwd, env }))["network"]).toEqual({ value: "ethereum", from: "variable LPCTL_NETWORK" });
    const flagged = await explain(["-n", "local"], { cwd, env });
    expect(flagged["network"]).toEqual({ value: "local", from: "flag --network" });
    expect(flagged["rpcUrl"]).toEqual({ value: "http://127.0.0.1:9", from: "variable LPCTL_RPC_URL" });
  });

  test("finds the project file from a folder below", async () => {
    const cwd = project(lpctlYaml);
    mkdirSync(join(cwd, "a/b"), { recursive: true });
    const values = await explain([], { cwd: join(cwd, "a/b") });
    expect(values["projectFolder"]?.value).toBe(cwd);
  });

  test("fills a network's gaps from the user's file and from what ships with lpctl", async () => {
    const cwd = project("schema: 1\nnetworks:\n  ethereum: {}\n");
    mkdirSync(join(cwd, "xdg/lpctl"), { recursive: true });
    writeFileSync(join(cwd, "xdg/lpctl/config.yaml"), "schema: 1\nnetworks:\n  ethereum: { rpcUrl: 'http://127.0.0.1:7' }\n");
    const values = await explain([], { cwd, env: { XDG_CONFIG_HOME: join(cwd, "xdg") } });
    expect(values["rpcUrl"]?.from).toMatch(/^user file /);
    expect(values["chainId"]).toMatchObject({ value: "1", from: expect.stringMatching(/^built-in file /) as unknown });
  });

  test("is tab-separated when piped and never cuts an address", async () => {
    const ran = await runLpctl(["config", "explain"], { cwd: project(lpctlYaml) });
    expect(ran.stdout.split("\n")[0]).toBe("KEY\tVALUE\tFROM");
    expect(ran.stdout).toContain("0xF96D54E490317c557A967ABfA5d6e33006BE69b3");
    expect(ran.stderr).toBe("");
  });
});

describe("a bad configuration", () => {
  test.each([
    ["a YAML mistake", "schema: 1\nnetworks: {\n", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:\d+:\d+/],
    ["a misspelt key", "schema: 1\nnetworks:\n  local:\n    rpcurl: http://127.0.0.1:1\n", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:4:5/],
    ["a value of the wrong kind", "schema: 1\nnetworks:\n  local:\n    chainId: one\n", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:4:14/],
    ["a wrong checksum", 'schema: 1\nnetworks:\n  local:\n    controller: "0xF96D54E490317c557A967ABfA5d6e33006BE69B3"\n', "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:4:17/],
    ["an unknown schema", "schema: 2\n", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:1:9/],
    ["an empty file", "", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:1:1/],
    ["a key given twice", "schema: 1\nschema: 1\n", "LPCTL_CONFIG_MALFORMED", /lpctl\.yaml:2:1/],
  ])("%s is refused with line and column", async (_what, text, code, place) => {
    const cwd = project(text);
    const ran = await runLpctl(["config", "explain", "--json"], { cwd });
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error).toMatchObject({ code, message: expect.stringMatching(place) as unknown });
    expect(readdirSync(cwd).filter((name) => !name.startsWith("."))).toEqual(["lpctl.yaml"]);
  });

  test("suggests the key that was probably meant", async () => {
    const ran = await runLpctl(["config", "show"], { cwd: project("schema: 1\nnetworks:\n  local:\n    rpcurl: http://127.0.0.1:1\n") });
    expect(ran.stderr).toContain('Unknown key "rpcurl". Did you mean "rpcUrl"?');
  });

  test("a named file that is missing is LPCTL_CONFIG_MISSING", async () => {
    const ran = await runLpctl(["config", "show", "--config", "nowhere.yaml"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("LPCTL_CONFIG_MISSING");
  });

  test("a wrong network name is refused with the nearest", async () => {
    const ran = await runLpctl(["config", "explain", "-n", "locl", "--json"], { cwd: project(lpctlYaml) });
    expect(ran.exitCode).toBe(2);
    expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_NETWORK_UNKNOWN", next: "If you meant local: --network local" });
  });

  test("no file at all is fine for looking, and nothing is written", async () => {
    const cwd = temporaryFolder();
    const ran = await runLpctl(["config", "show"], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(existsSync(join(cwd, "lpctl.yaml"))).toBe(false);
  });
});
