import { describe, expect, test } from "vitest";
import { callsSelector } from "../../../src/lifecycle/facts/find-callers.ts";

describe("a selector in code", () => {
  const SELECTOR = "0xa64ad595";

  test.each([
    ["pushed and shifted into place", "0x60408063a64ad59560e01b8152", true],
    ["pushed as a word of its own", `0x7fa64ad595${"00".repeat(28)}8152`, true],
    ["multiplied into place, as old compilers do", "0x63a64ad5957c010000000000000000000000000000000000000000000000000000000002", true],
    ["compared by a dispatcher", "0x8063a64ad5951461002a57", false],
    ["compared by a dispatcher that searches by halves", "0x8063a64ad5951161002a57", false],
    ["of another function", "0x63a64ad59660e01b8152", false],
    ["across two bytes", "0x063a64ad59560e01b0", false],
    ["nowhere", "0x", false],
  ])("that is %s", (_how, code, expected) => {
    expect(callsSelector(code as `0x${string}`, SELECTOR)).toBe(expected);
  });
});
