#!/usr/bin/env node
// No imports of our own before the version check: on an old node they would fail with a riddle.
import { existsSync, readFileSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isOlderThan = (wantedMajor, wantedMinor) => major < wantedMajor || (major === wantedMajor && minor < wantedMinor);

if (isOlderThan(20, 19)) {
  process.stderr.write(`lpctl needs Node 20.19 or newer (22.22 or newer is best); this is ${process.version}.\n`);
  process.exit(1);
}
if (isOlderThan(22, 22)) {
  process.stderr.write(`lpctl is made for Node 22.22 or newer; it goes on with ${process.version}.\n`);
}

// A reader that leaves (`| head -1`) ends the output, not the world: the result was wanted no longer.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message;
  process.stderr.write(`The result could not be written: ${why}.\n`);
  process.exit(1);
});
// Nobody watches any more; the work itself goes on to a safe end.
process.stderr.on("error", () => {});

const root = join(import.meta.dirname, "..");
const argv = process.argv.slice(2);
const compiled = (path) => new URL(`../dist/src/cli/${path}`, import.meta.url);

if (!(await answerFast())) await runCommand();

/** Answers `--version` and every form of help from the manifest, without loading oclif. */
async function answerFast() {
  if (argv[0] === "--version" || argv[0] === "-v") {
    const { version } = readJson("package.json");
    process.stdout.write(`lpctl/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
    return true;
  }
  if (!asksForHelp() || !existsSync(compiled("render-help.js"))) return false;
  const { helpStyle, helpSubject, renderHelp } = await import(compiled("render-help.js").href);
  const { description, oclif } = readJson("package.json");
  const source = {
    bin: oclif.bin,
    description,
    topics: oclif.topics ?? {},
    commands: Object.values(readJson("oclif.manifest.json").commands),
  };
  const text = renderHelp(source, helpSubject(argv), helpStyle(process.stdout, process.env, argv));
  if (text !== undefined) process.stdout.write(text);
  return text !== undefined;
}

function asksForHelp() {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.length === 0 || words[0] === "help" || words.includes("--help") || words.includes("-h");
}

async function runCommand() {
  if (existsSync(compiled("main.js"))) {
    // Node's default cache folder is shared by all users of the machine: not for a tool that signs.
    const cache = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), ".cache");
    module.enableCompileCache?.(join(cache, "lpctl", "compiled"));
    const { main } = await import(compiled("main.js").href);
    await main(argv, { root });
  } else if (!isOlderThan(22, 18) && existsSync(join(root, "src"))) {
    await import("./dev.js");
  } else {
    process.stderr.write("lpctl is not built: run `npm ci` in its folder (or `npm run build` with Node 22.18 or newer).\n");
    process.exit(1);
  }
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), "utf8"));
}
