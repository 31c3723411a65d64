/**
 * Builds `dist/`: one bundle with shared chunks, one entry per command at the path the manifest names.
 * Does nothing when no input changed, so that tests and `npm ci` can always call it. `--clean` starts over.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { formatDeclarations } from "../src/migration/script/script-types.ts";
import { seedContracts } from "./seed-contracts.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const SCRIPT_MODULE = "src/migration/script/define-migration";
const stampPath = join(dist, ".stamp");

/**
 * Left to node at run time: whatever carries data files or platform binaries, brings its own worker, or
 * (TypeScript, its loaders) is reached by oclif only in a mode we never use.
 */
const external = [
  "typescript",
  "ts-node",
  "tsx",
  "solc",
  "solc/*",
  "@foundry-rs/*",
  "@safe-global/safe-contracts",
  "@safe-global/safe-contracts/*",
  "@safe-global/safe-deployments",
  "@safe-global/safe-deployments/*",
  "@safe-global/safe-singleton-factory",
  "@safe-global/safe-singleton-factory/*",
  "@openzeppelin/contracts",
  "@openzeppelin/contracts/*",
  "@openzeppelin/contracts-upgradeable",
  "@openzeppelin/contracts-upgradeable/*",
  "@openzeppelin/upgrades-core",
  "@openzeppelin/upgrades-core/*",
  "hash-wasm",
  // Brings a wasm file, found beside its own code.
  "evmole",
];

/** Bundled CommonJS packages expect these three. */
const banner = `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
const __filename = process.getBuiltinModule("node:url").fileURLToPath(import.meta.url);
const __dirname = process.getBuiltinModule("node:path").dirname(__filename);`;

/**
 * `import process from "node:process"` makes node read every property of it, which opens stdin and more:
 * 12 ms of a 90 ms start. Taken as an object instead, a property costs only whoever uses it.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(build) {
    const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    build.onResolve({ filter: /^[a-z:_/0-9]+$/ }, ({ path, kind }) => {
      const isImport = kind === "import-statement" || kind === "dynamic-import";
      return isImport && builtins.has(path) ? { path, namespace: "builtin", sideEffects: false } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Two things oclif loads on every start and needs only without a manifest (finding command files) or never here
 * (is this Windows' Linux?): a tenth of a command's start. The first is loaded when it is asked for.
 */
const lightOclif: Plugin = {
  name: "light-oclif",
  setup(build) {
    const stubs: Record<string, string> = {
      tinyglobby: `exports.glob = (...given) => require("tinyglobby").glob(...given);`,
      "wsl-utils": `exports.isWsl = false;`,
    };
    build.onResolve({ filter: /^(tinyglobby|wsl-utils)$/ }, ({ path, importer }) =>
      importer.includes("@oclif/core") ? { path, namespace: "light-oclif" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "light-oclif" }, ({ path }) => ({ contents: stubs[path] ?? "", resolveDir: root }));
  },
};

/** `import { z }` is one object with everything in it, every language included; a namespace import can be shaken: 582 KB become 140. */
const treeShakeZod: Plugin = {
  name: "tree-shake-zod",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const source = await readFile(path, "utf8");
      return { contents: source.replace('import { z } from "zod";', 'import * as z from "zod";'), loader: "ts" };
    });
  },
};

const startOver = process.argv.includes("--clean");
await buildCode();
await seedContracts({ root, folder: join(dist, "solc-cache") });

async function buildCode(): Promise<void> {
  const stamp = hashInputs();
  if (!startOver && existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  const result = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entryPoints().map((path) => [path.replace(/\.ts$/, ""), path])),
    outdir: dist,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // Names are not minified: parser errors are told apart by their class names.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    external,
    banner: { js: banner },
    plugins: [lazyBuiltins, lightOclif, treeShakeZod],
    write: false,
    logLevel: "warning",
  });
  // Apart from the rest: the launcher loads it before anything else, so it carries no banner and no chunk.
  const help = await build({
    absWorkingDir: root,
    entryPoints: { "src/cli/render-help": "src/cli/render-help.ts" },
    outdir: dist,
    format: "esm",
    target: "node20",
    minifyWhitespace: true,
    minifySyntax: true,
    write: false,
    logLevel: "warning",
  });
  // What migration scripts import, for whoever runs one without lpctl, and its types.
  const scripts = await build({
    absWorkingDir: root,
    entryPoints: { [SCRIPT_MODULE]: `${SCRIPT_MODULE}.ts` },
    outdir: dist,
    format: "esm",
    target: "node20",
    write: false,
    logLevel: "warning",
  });
  const types = { path: join(dist, `${SCRIPT_MODULE}.d.ts`), contents: Buffer.from(formatDeclarations(readFileSync(join(root, `${SCRIPT_MODULE}.ts`), "utf8"))) };
  const files = [...result.outputFiles, ...help.outputFiles, ...scripts.outputFiles, types];
  for (const { path, contents } of files) writeIfChanged(path, contents);
  removeStale(new Set(files.map((file) => file.path)));
  writeIfChanged(stampPath, Buffer.from(stamp));
}

function entryPoints(): string[] {
  const always = ["src/cli/main.ts", "src/cli/help.ts", "src/cli/command-not-found.ts"];
  // Workers are started by path.
  const workers = globSync("src/**/*-worker.ts", { cwd: root });
  return [...always, ...workers, ...globSync("commands/**/*.ts", { cwd: root })].sort();
}

function hashInputs(): string {
  const hash = createHash("sha256");
  const patterns = ["src/**/*", "commands/**/*", "scripts/build.ts", "package-lock.json"];
  for (const path of globSync(patterns, { cwd: root }).sort()) {
    const absolute = join(root, path);
    if (statSync(absolute).isDirectory()) continue;
    hash.update(`${path}\0`).update(readFileSync(absolute)).update("\0");
  }
  return hash.digest("hex");
}

/** In place by rename: another process may be loading the file this very moment. */
function writeIfChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** Old chunks stay for a while: a running lpctl may still load one lazily. */
function removeStale(current: ReadonlySet<string>): void {
  const keepMilliseconds = startOver ? 0 : 15 * 60_000;
  for (const name of globSync("{commands,src,chunks}/**/*.{js,tmp}", { cwd: dist })) {
    const path = join(dist, name);
    if (current.has(path)) continue;
    const isChunk = relative(dist, path).startsWith("chunks");
    if (!isChunk || Date.now() - statSync(path).mtimeMs > keepMilliseconds) rmSync(path, { force: true });
  }
}
