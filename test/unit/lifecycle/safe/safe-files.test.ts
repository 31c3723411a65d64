import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listBundleFiles } from "../../../../src/lifecycle/safe/safe-files.ts";

test("files of Safe transactions are found at any depth, and signatures of messages beside them are passed over", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-safe-files-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "0xb"));
  for (const name of ["0xb.json", "0xb.message.json", join("0xb", "0xa.json"), "note.txt"]) await writeFile(join(folder, name), "{}");

  expect(await listBundleFiles(folder)).toEqual([join(folder, "0xb.json"), join(folder, "0xb", "0xa.json")]);
  expect(await listBundleFiles(join(folder, "none"))).toEqual([]);
});
