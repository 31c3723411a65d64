#!/usr/bin/env node
// lpctl from its TypeScript, without a build: node strips the types. Needs Node 22.18 or newer.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../src/cli/main.ts";

const root = join(import.meta.dirname, "..");
const pjson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
// The manifest names compiled files; going by it would run stale code.
const inSource = (path) => path.replace("./dist/", "./").replace(/\.js$/, ".ts");
const { helpClass, hooks, ...rest } = pjson.oclif;
const oclif = {
  ...rest,
  commands: "./commands",
  helpClass: inSource(helpClass),
  hooks: Object.fromEntries(Object.entries(hooks).map(([event, path]) => [event, inSource(path)])),
};

await main(process.argv.slice(2), { root, pjson: { ...pjson, oclif }, ignoreManifest: true });
