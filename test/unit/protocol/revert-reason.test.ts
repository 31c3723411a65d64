import { AbiCoder, Interface } from "ethers/abi";
import { expect, test } from "vitest";
import { decodeRevert } from "../../../src/protocol/revert-reason.ts";
import type { Hex } from "../../../src/protocol/hex.ts";

const ERROR = "0x08c379a0";
/** `Error(string)` whose string holds these very bytes, as Solidity's `string(returnData)` makes it. */
function wrap(inner: Uint8Array | Hex): Hex {
  return `${ERROR}${AbiCoder.defaultAbiCoder().encode(["bytes"], [inner]).slice(2)}`;
}
const text = (reason: string): Hex => wrap(Buffer.from(reason));

test("reads a plain reason", () => {
  expect(decodeRevert(text("caller must be Controller owner"))).toBe("caller must be Controller owner");
});

test("digs the innermost reason out of a Governor's nested ones, though they are not valid UTF-8", () => {
  expect(decodeRevert(wrap(wrap(wrap(text("system is paused")))))).toBe("system is paused");
});

test("finds panics and custom errors inside a nested reason", () => {
  const errors = new Interface(["error OwnableUnauthorizedAccount(address account)"]);
  const panic: Hex = `0x4e487b71${"11".padStart(64, "0")}`;
  expect(decodeRevert(panic)).toBe("panic: arithmetic overflow or underflow (0x11)");
  expect(decodeRevert(wrap(panic))).toBe("panic: arithmetic overflow or underflow (0x11)");
  const custom = errors.encodeErrorResult("OwnableUnauthorizedAccount", [`0x${"00".repeat(19)}aa`]) as Hex;
  expect(decodeRevert(wrap(custom), [errors])).toBe("OwnableUnauthorizedAccount(account: 0x00000000000000000000000000000000000000AA)");
  expect(decodeRevert(wrap(custom))).toContain(custom.slice(2, 10));
});

test("says when there is no reason", () => {
  expect(decodeRevert("0x")).toBe("reverted without a reason");
  expect(decodeRevert(text(""))).toBe("reverted without a reason");
  expect(decodeRevert(wrap("0x"))).toBe("reverted without a reason");
});

test("translates the codes of a Safe", () => {
  expect(decodeRevert(text("GS013"))).toMatch(/^GS013: the Safe's inner call failed/);
});

test("survives lengths and offsets that point nowhere", () => {
  expect(decodeRevert(`${ERROR}${"ff".repeat(64)}`)).toContain("unknown error");
  expect(decodeRevert(`${ERROR}00`)).toContain("unknown error");
  expect(decodeRevert("0x12")).toContain("unknown error");
});

test("never lets an escape sequence through", () => {
  expect(decodeRevert(text("\u001b[2Jgone"))).not.toContain("\u001b");
});
