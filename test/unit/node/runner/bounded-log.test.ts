import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { boundedLog } from "../../../../src/node/runner/bounded-log.ts";

test("a log keeps the newest lines and never more than twice its bound", () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "runner.log");
  const log = boundedLog(path, 2_000);
  for (let line = 0; line < 500; line++) log(`line ${line}`);
  const [now, before] = [readFileSync(path, "utf8"), readFileSync(`${path}.1`, "utf8")];
  expect(now).toMatch(/line 499\n$/);
  expect(now.length).toBeLessThanOrEqual(2_000);
  expect(before.length).toBeLessThanOrEqual(2_000);
});

test("a log that cannot be written is no failure", () => {
  expect(() => boundedLog("/nowhere/at/all/runner.log")("lost")).not.toThrow();
});
