import { keccak256 } from "ethers";
import { expect, test } from "vitest";
import { createKeccakInto } from "../../../src/protocol/keccak-into.ts";

const keccak = await createKeccakInto();
const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at * 151 + length * 7);
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

test("hashes messages of every length around one, two and three blocks as ethers does", () => {
  const into = new Uint8Array(32);
  for (let length = 0; length <= 3 * 136 + 1; length++) {
    const bytes = message(length);
    keccak.hash(bytes, 0, length, into, 0);
    expect([length, hex(into)]).toEqual([length, keccak256(bytes)]);
  }
});

test("hashes a part of an array, and writes into the same array and nowhere else", () => {
  const bytes = message(400);
  const before = bytes.slice();
  keccak.hash(bytes, 50, 300, bytes, 70);
  expect(hex(bytes.subarray(70, 102))).toBe(keccak256(before.subarray(50, 350)));
  expect(hex(bytes.subarray(0, 70))).toBe(hex(before.subarray(0, 70)));
  expect(hex(bytes.subarray(102))).toBe(hex(before.subarray(102)));
});

test("remembers nothing of the message before", () => {
  const [first, second] = [new Uint8Array(32), new Uint8Array(32)];
  keccak.hash(new Uint8Array(0), 0, 0, first, 0);
  keccak.hash(message(1000), 0, 1000, second, 0);
  keccak.hash(new Uint8Array(0), 0, 0, second, 0);
  expect(hex(second)).toBe(hex(first));
});
