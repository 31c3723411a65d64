import { expect, test } from "vitest";
import { foldTo } from "../../../src/cli/fold.ts";

test("a text is broken between words, indented, and no word is cut", () => {
  const address = `0x${"ab".repeat(20)}`;
  expect(foldTo("no longer as it was when prepared", 4, 20)).toBe("no longer as it\n    was when\n    prepared");
  expect(foldTo(`of ${address} now`, 2, 30)).toBe(`of\n  ${address}\n  now`);
  expect(foldTo("short", 4, 20)).toBe("short");
});
