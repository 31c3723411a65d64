#!/usr/bin/env node
/**
 * The compiler that forge starts: npm's solc behind the two options of the native one that forge uses, `--version` and
 * `--standard-json`. Answers are kept: forge compiles once for tests and once for coverage, and solc-js takes its time.
 * Plain JavaScript: forge starts it with whatever node comes first.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const folder = join(import.meta.dirname, "../coverage/forge/solc");
const KEPT = 8;

if (process.argv.includes("--version")) {
  // The commit is part of what forge parses; that of the pinned package is only known to the compiler itself.
  const { version } = require("solc/package.json");
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${remembered(`version ${version}`, () => loadSolc().version())}`);
} else {
  const input = alike(readFileSync(0, "utf8"));
  process.stdout.write(remembered(input, () => loadSolc().compile(input)));
}

/**
 * Forge asks for the same code in different words: for coverage it leaves out that the optimizer is off, and of tests that
 * were not chosen it wants no code. Asked alike, one answer does for all.
 * @param {string} text
 */
function alike(text) {
  const input = JSON.parse(text);
  const { optimizer, viaIR, outputSelection, ...settings } = input.settings;
  const wanted = Object.values(outputSelection).map((file) => Object.values(file).flat());
  const most = wanted.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return JSON.stringify({
    ...input,
    settings: {
      ...settings,
      optimizer: optimizer?.enabled === true ? optimizer : { enabled: false },
      ...(viaIR === true ? { viaIR } : {}),
      outputSelection: { "*": { "*": most } },
    },
  });
}

function loadSolc() {
  return require("solc");
}

/** @param {string} question @param {() => string} answer */
function remembered(question, answer) {
  const { version } = require("solc/package.json");
  const path = join(folder, createHash("sha256").update(`${version}\0${question}`).digest("hex"));
  try {
    const found = readFileSync(path, "utf8");
    utimesSync(path, new Date(), new Date());
    return found;
  } catch {
    const text = answer();
    mkdirSync(folder, { recursive: true });
    const temporary = `${path}.${randomBytes(4).toString("hex")}`;
    writeFileSync(temporary, text);
    renameSync(temporary, path);
    forgetOldest();
    return text;
  }
}

function forgetOldest() {
  const byAge = readdirSync(folder).map((name) => join(folder, name)).toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of byAge.slice(KEPT)) rmSync(path, { force: true });
}
