import { Fragment } from "ethers";
import { expect, test } from "vitest";
import { knownDeclarations } from "../../../src/protocol/decode-known.ts";
import { signatureOf } from "../../../src/protocol/signature-of.ts";

test("every known declaration has the signature that ethers reads in it", () => {
  expect(knownDeclarations().length).toBeGreaterThan(500);
  for (const declaration of knownDeclarations()) expect(signatureOf(declaration), declaration).toBe(Fragment.from(declaration).format("sighash"));
});

test.each([
  ["function f()", "f()"],
  ["function f(uint a, int[] b, uint[2][] memory c)", "f(uint256,int256[],uint256[2][])"],
  ["function f((address a, (uint b, bytes32[] c)[] d)[2] e, bool) external returns (uint)", "f((address,(uint256,bytes32[])[])[2],bool)"],
  ["event E(address indexed a, uint8 b)", "E(address,uint8)"],
  ["error Nope(string why)", "Nope(string)"],
])("%s has the signature %s", (declaration, signature) => {
  expect(signatureOf(declaration)).toBe(signature);
  expect(Fragment.from(declaration).format("sighash")).toBe(signature);
});

test.each(["constructor(address)", "receive() external payable", "function f(", "nothing"])("%s has none", (declaration) => {
  expect(signatureOf(declaration)).toBeUndefined();
});
