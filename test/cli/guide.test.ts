import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { publicCommands } from "./result-schemas.ts";
import { repository } from "./run-lpctl.ts";

const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/{guide,schemas,decisions}/*.md", { cwd: repository }).sort()].map((path) => ({
  path,
  text: readFileSync(join(repository, path), "utf8"),
}));

test("links of the guide lead to files that exist", () => {
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? "")
      .filter((link) => !/^https?:/.test(link) && !existsSync(join(repository, dirname(path), link)))
      .map((link) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test("the guide names only commands that exist", () => {
  const commands = new Set(publicCommands());
  const unknown = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:^ {4}|`|\$\()lpctl ([a-z]+)(?: ([a-z]+))?/gm)]
      .filter(([, noun = "", verb = ""]) => !commands.has(noun) && !commands.has(`${noun} ${verb}`))
      .map(([typed]) => `${path}: ${typed.trim()}`),
  );
  expect(unknown).toEqual([]);
});
