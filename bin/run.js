#!/usr/bin/env node
// No imports: on an old node they would fail with a riddle, and each costs start-up time
// (`import "node:fs"` alone a tenth of it). Help and version must not wait for anything.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isOlderThan = (wantedMajor, wantedMinor) => major < wantedMajor || (major === wantedMajor && minor < wantedMinor);

if (isOlderThan(20, 19)) {
  process.stderr.write(`lpctl needs Node 20.19 or newer (22.22 or newer is best); this is ${process.version}.\n`);
  process.exit(1);
}
if (isOlderThan(22, 22)) {
  process.stderr.write(`lpctl is made for Node 22.22 or newer; it goes on with ${process.version}.\n`);
}

const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");
const root = path.join(import.meta.dirname, "..");
const argv = process.argv.slice(2);

if (!(await answerFast())) await runCommand();

/** Answers `--version` and every form of help from the manifest, without loading oclif. */
async function answerFast() {
  if (argv[0] === "--version" || argv[0] === "-v") {
    writeFast(`lpctl/${readJson("package.json").version} ${process.platform}-${process.arch} node-${process.version}\n`);
    return true;
  }
  if (!asksForHelp() || !fs.existsSync(compiled("render-help.js"))) return false;
  const { helpStyle, helpSubject, renderHelp } = await import(urlOf(compiled("render-help.js")));
  const { description, oclif } = readJson("package.json");
  const source = {
    bin: oclif.bin,
    description,
    topics: oclif.topics ?? {},
    commands: Object.values(readJson("oclif.manifest.json").commands),
  };
  const text = renderHelp(source, helpSubject(argv), helpStyle(isPlainOutput() ? {} : process.stdout, process.env, argv));
  if (text !== undefined) writeFast(text);
  return text !== undefined;
}

function asksForHelp() {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.length === 0 || words[0] === "help" || words.includes("--help") || words.includes("-h");
}

async function runCommand() {
  process.stdout.on("error", leave);
  // When nobody watches any more, the work itself goes on to a safe end.
  process.stderr.on("error", () => {});
  if (fs.existsSync(compiled("main.js"))) {
    // Node's default cache folder is shared by all users of the machine: not for a tool that signs.
    const home = process.env.HOME || process.getBuiltinModule("node:os").homedir();
    const cache = process.env.XDG_CACHE_HOME || path.join(home, ".cache");
    process.getBuiltinModule("node:module").enableCompileCache?.(path.join(cache, "lpctl", "compiled"));
    const { main } = await import(urlOf(compiled("main.js")));
    await main(argv, { root });
  } else if (!isOlderThan(22, 18) && fs.existsSync(path.join(root, "src"))) {
    await import("./dev.js");
  } else {
    process.stderr.write("lpctl is not built: run `npm ci` in its folder (or `npm run build` with Node 22.18 or newer).\n");
    process.exit(1);
  }
}

/** A reader that leaves (`| head -1`) ends the output, not the world: the result was wanted no longer. */
function leave(error) {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message;
  process.stderr.write(`The result could not be written: ${why}.\n`);
  process.exit(1);
}

/** Neither a terminal nor another device: then the file descriptor will do, without node's stream around it. */
function isPlainOutput() {
  return !fs.fstatSync(1).isCharacterDevice();
}

function writeFast(text) {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0 && isPlainOutput()) rest = rest.subarray(fs.writeSync(1, rest));
  } catch (error) {
    if (error.code !== "EAGAIN") leave(error);
  }
  if (rest.length === 0) return;
  process.stdout.on("error", leave);
  process.stdout.write(rest);
}

function compiled(name) {
  return path.join(root, "dist/src/cli", name);
}

function urlOf(file) {
  return process.getBuiltinModule("node:url").pathToFileURL(file).href;
}

function readJson(name) {
  return JSON.parse(fs.readFileSync(path.join(root, name), "utf8"));
}
