import { AbiCoder, Interface, keccak256 } from "ethers";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { CallNode } from "../../../src/outcome/simulation.ts";
import { collectSeenWords } from "../../../src/simulation/seen-words.ts";

const TARGET: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const UPDATE = "tuple(address[] target, uint256[] value, bytes[] data, uint256 nonce)";
const update = [[TARGET, TARGET], [0n, 1n], ["0x12345678", `0x${"ab".repeat(68)}`], 7n];

function call(input: string): CallNode {
  return { type: "CALL", from: TARGET, to: TARGET, valueWei: 0n, input: input as Hex, output: "0x", gasUsed: 0n, children: [] };
}

test("a Governor's update is known by its hash from the call that stages it and the one that executes it", () => {
  const governor = new Interface([`function stage(${UPDATE} update, uint256 delay)`, `function execute(${UPDATE} update)`]);
  const hash = keccak256(AbiCoder.defaultAbiCoder().encode([UPDATE], [update])) as Hex;
  expect(collectSeenWords(call(governor.encodeFunctionData("stage", [update, 50n])), [], []).has(hash)).toBe(true);
  expect(collectSeenWords(call(governor.encodeFunctionData("execute", [update])), [], []).has(hash)).toBe(true);
});

test("a timelock's operation is known by the hash of all arguments", () => {
  const timelock = new Interface(["function execute(address target, uint256 value, bytes payload, bytes32 predecessor, bytes32 salt)"]);
  const input = timelock.encodeFunctionData("execute", [TARGET, 0n, "0x1234", `0x${"00".repeat(32)}`, `0x${"11".repeat(32)}`]) as Hex;
  expect(collectSeenWords(call(input), [], []).has(keccak256(`0x${input.slice(10)}`) as Hex)).toBe(true);
});
