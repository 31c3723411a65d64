import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generateDocs } from "../../scripts/docs.ts";
import { generateManifest } from "../../scripts/manifest.ts";
import { repository } from "./run-lpctl.ts";

/** The manifest is also the snapshot of the public command surface: a change of it must be seen in review. */
test("oclif.manifest.json is what the commands say (else: npm run manifest)", async () => {
  expect(readFileSync(join(repository, "oclif.manifest.json"), "utf8")).toBe(await generateManifest());
});

test("the reference pages are what commands and code say (else: npm run docs)", async () => {
  for (const [path, text] of Object.entries(await generateDocs())) {
    expect(readFileSync(join(repository, path), "utf8"), path).toBe(text);
  }
});
