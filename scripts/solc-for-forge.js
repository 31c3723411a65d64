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
  const input = readFileSync(0, "utf8");
  process.stdout.write(remembered(input, () => loadSolc().compile(input)));
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
