import { expect, test } from "vitest";
import { parseNonce } from "../../../src/cli/parse-nonce.ts";

test("a nonce is taken exactly, also above 2^53 and up to the last of 256 bits", () => {
  expect(parseNonce("0")).toBe(0n);
  expect(parseNonce("9007199254740993")).toBe(9_007_199_254_740_993n);
  expect(parseNonce(String(2n ** 256n - 1n))).toBe(2n ** 256n - 1n);
});

test.each(["", "-1", "+1", "01", "1.0", "1e3", "0x7", " 7", "seven", String(2n ** 256n), "\u001b[2J7"])("%j is no nonce", (text) => {
  expect(() => parseNonce(text)).toThrow(expect.objectContaining({ code: "LPCTL_USAGE_NOT_A_NONCE", exit: 2, message: expect.not.stringContaining("\u001b") as string }) as Error);
});
