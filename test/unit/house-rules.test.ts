import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const sources = globSync("{src,commands}/**/*.ts", { cwd: root })
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** The floors of the house: a folder imports from its own floor and from those below. */
const floors = [
  ["protocol"],
  ["config"],
  ["safe", "keys", "chain", "solidity"],
  ["report", "checks", "proposal", "authority", "outcome", "voting", "economics"],
  ["lifecycle", "inspection", "simulation", "genesis", "node", "relay", "rehearsal", "handover", "fork", "migration", "snapshot"],
  ["cli"],
  ["commands"],
];
const pure = ["protocol", "proposal", "checks", "report", "outcome", "economics"];
const notForThePure = ["config", "chain", "safe", "cli", "solidity", "keys"];

function folderOf(path: string): string | undefined {
  const [first, second, ...rest] = path.split("/");
  if (first === "commands") return "commands";
  return rest.length > 0 ? second : undefined;
}

function floorOf(folder: string): number {
  return floors.findIndex((floor) => floor.includes(folder));
}

interface Import {
  from: string;
  to: string;
}

function importsOf({ path, text }: { path: string; text: string }): Import[] {
  const specifiers = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
  return specifiers.map((specifier) => ({ from: path, to: join(path, "..", specifier) }));
}

/** What is wrong with an import, or undefined. */
function complaint({ from, to }: Import): string | undefined {
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === undefined && target !== undefined) return `${from} belongs to nobody and imports ${to}`;
  if (source === undefined || target === undefined || source === target) return undefined;
  if (floorOf(target) > floorOf(source)) return `${from} imports upwards: ${to}`;
  if (pure.includes(source) && notForThePure.includes(target)) return `${from} is pure and imports ${to}`;
  return undefined;
}

function matching(pattern: RegExp, except: (path: string) => boolean): string[] {
  return sources.filter(({ path, text }) => !except(path) && pattern.test(text)).map(({ path }) => path);
}

describe("the house", () => {
  test("has a floor for every folder", () => {
    const folders = new Set(sources.map(({ path }) => folderOf(path)).filter((folder) => folder !== undefined));
    expect([...folders].filter((folder) => floorOf(folder) === -1)).toEqual([]);
  });

  test("imports downwards only", () => {
    expect(sources.flatMap(importsOf).map(complaint).filter((each) => each !== undefined)).toEqual([]);
  });

  test("reads the environment in src/config only", () => {
    expect(matching(/process\.env\b/, (path) => path.startsWith("src/config/"))).toEqual([]);
  });

  test("writes to the streams in src/cli/output.ts only", () => {
    expect(matching(/console\.\w+\(|process\.std(out|err)\.write/, (path) => path === "src/cli/output.ts")).toEqual([]);
    expect(matching(/process\.std(out|err)\b(?!\.(isTTY|columns))/, (path) => path.startsWith("src/cli/"))).toEqual([]);
  });

  test("keeps ethers providers in src/chain and the Safe kits in src/safe", () => {
    expect(matching(/\b(JsonRpc|WebSocket|Browser|Fallback|IpcSocket|JsonRpcApi)Provider\b.*from "ethers/, (path) => path.startsWith("src/chain/"))).toEqual([]);
    expect(matching(/"@safe-global\/(protocol-kit|api-kit)"/, (path) => path.startsWith("src/safe/"))).toEqual([]);
  });

  test("has no file longer than 350 lines", () => {
    expect(sources.filter(({ text }) => text.split("\n").length > 351).map(({ path }) => path)).toEqual([]);
  });

  test("has no barrels, no utils, and kebab-case names", () => {
    // `commands/rehearse/index.ts` is the command `rehearse`, not a barrel.
    const isBarrel = (path: string): boolean => !path.startsWith("commands/") && path.endsWith("/index.ts");
    expect(sources.filter(({ path }) => isBarrel(path) || /(^|\/)(utils?|helpers?)(\.|\/)/.test(path) || !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(basename(path))).map(({ path }) => path)).toEqual([]);
  });

  test("imports oclif by subpath, and chalk in src/cli/style.ts only", () => {
    expect(matching(/from "@oclif\/core"/, () => false)).toEqual([]);
    expect(matching(/from "chalk"/, (path) => path === "src/cli/style.ts")).toEqual([]);
  });

  test("has error codes of one form", () => {
    const codes = sources.flatMap(({ text }) => [...text.matchAll(/code: "(LPCTL[^"]*)"/g)].map((match) => match[1] ?? ""));
    expect(codes.filter((code) => !/^LPCTL(_[A-Z0-9]+)+$/.test(code))).toEqual([]);
  });
});

describe("the linter", () => {
  // The rule is only as good as the linter's opinion of it: show it what it must refuse.
  test.each([
    ["src/proposal", 'import { Rpc } from "../chain/rpc.ts";\nexport const x = Rpc;\n'],
    ["src/protocol", 'import { reportFailure } from "../cli/report-failure.ts";\nexport const x = reportFailure;\n'],
    ["src/chain", 'import { select } from "../cli/prompts.ts";\nexport const x = select;\n'],
    ["src/authority", 'import { JsonRpcProvider } from "ethers";\nexport const x = JsonRpcProvider;\n'],
    ["src/report", 'import { simulate } from "../simulation/route-runner.ts";\nexport const x = simulate;\n'],
    ["src/outcome", 'import type { Fork } from "../simulation/fork.ts";\nexport type X = Fork;\n'],
    ["src/checks", 'import Safe from "@safe-global/protocol-kit";\nexport const x = Safe;\n'],
    ["src/genesis", 'import { prepareNode } from "../node/start-node.ts";\nexport const x = prepareNode;\n'],
    ["src/report", "console.log(process.env);\n"],
  ])("refuses a forbidden line in %s", (folder, text) => {
    const project = mkdtempSync(join(tmpdir(), "lpctl-lint-"));
    onTestFinished(() => rmSync(project, { recursive: true, force: true }));
    copyFileSync(join(root, ".oxlintrc.json"), join(project, ".oxlintrc.json"));
    mkdirSync(join(project, folder), { recursive: true });
    writeFileSync(join(project, folder, "probe.ts"), text);
    const linted = spawnSync(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "."], { cwd: project, encoding: "utf8" });
    expect(linted.status).not.toBe(0);
    expect(linted.stdout).toMatch(/no-restricted-imports|no-console|no-process-env/);
  });
});
