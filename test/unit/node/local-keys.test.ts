import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeLocalKeys } from "../../../src/node/local-keys.ts";

test.each([
  ["launch", false],
  ["current", true],
] as const)("on the profile %s people have keys with stake: %s", async (profile, hasVoters) => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-local-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const names = (await writeLocalKeys(folder, profile)).map(({ name }) => name);
  expect(names.includes("transcoder") && names.includes("delegator")).toBe(hasVoters);
  expect(names).toContain("operator");
});
