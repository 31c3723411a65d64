import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ZERO_HASH, type Hex } from "../../../src/protocol/hex.ts";
import { decodeStorage } from "../../../src/simulation/decode-storage.ts";
import { layoutOfSlots, recoverLayout } from "../../../src/solidity/recover-layout.ts";

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** The same bytes on every run. */
function noise(bytes: number, seed: string): string {
  let hex = "";
  for (let block = 0; hex.length < bytes * 2; block += 1) hex += createHash("sha256").update(`${seed} ${block}`).digest("hex");
  return hex.slice(0, bytes * 2);
}

test("code that is none is read to nothing, and never ends the process", async () => {
  const garbage: Hex[] = ["0x", "0x60", "0x7f00", `0x${"5b".repeat(24_576)}`, `0x${noise(24_576, "a")}`, `0x${noise(3_000, "b")}`, `0x${"00".repeat(3_000_000)}`, "0xzz", "0x1"];
  const found = await Promise.all(garbage.map(recoverLayout));
  for (const [index, recovered] of found.entries()) {
    if (recovered === undefined) continue;
    expect(recovered.layout.storage.length, garbage[index]?.slice(0, 20)).toBeLessThan(100);
  }
  expect(found.slice(-3)).toEqual([undefined, undefined, undefined]);
});

test("what is known of a slot names all of its bytes, whatever the recovery says of their types", () => {
  const layout = layoutOfSlots([
    { slot: 0n, offset: 0, type: "address", isWritten: true },
    { slot: 0n, offset: 20, type: "bool", isWritten: true },
    { slot: 1n, offset: 0, type: "mapping(address => mapping(uint256 => bool))", isWritten: true },
    { slot: 2n, offset: 0, type: "uint256", isWritten: true },
    { slot: 3n, offset: 2, type: "no type at all", isWritten: true },
    { slot: 3n, offset: 4, type: "uint256", isWritten: true },
  ]);
  const decode = (slot: bigint, after: Hex, preimages: Hex[] = []): string[] =>
    decodeStorage({ layout, changes: [{ slot: word(slot), before: ZERO_HASH, after }], preimages, keys: [], names: { addressName: () => undefined, keyNames: new Map() } }).changes.map(
      ({ path, afterText }) => `${path ?? "?"} = ${afterText ?? ""}`,
    );
  expect(decode(0n, `0x${"00".repeat(10)}ff01${"11".repeat(20)}`)).toEqual(["slot0 = 0x1111111111111111111111111111111111111111", "slot0+20 = true", `slot0+21 = 0x${"00".repeat(10)}ff`]);
  expect(decode(3n, `0x${"ff".repeat(32)}`).map((text) => text.split(" ")[0])).toEqual(["slot3", "slot3+2", "slot3+4"]);
  expect(decode(2n, word(7n))).toEqual(["slot2 = 7"]);
});

test("entries of recovered mappings are named as deep as hashes were seen", async () => {
  const { keccak256 } = await import("ethers");
  const layout = layoutOfSlots([{ slot: 3n, offset: 0, type: "mapping(address => mapping(uint256 => bool))", isWritten: true }]);
  const owner = word(BigInt("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"));
  const outer: Hex = `0x${owner.slice(2)}${word(3n).slice(2)}`;
  const member = BigInt(keccak256(outer)) + 9n;
  const inner: Hex = `0x${word(4n).slice(2)}${word(member).slice(2)}`;
  const { changes } = decodeStorage({
    layout,
    changes: [keccak256(outer) as Hex, word(BigInt(keccak256(inner)) + 1n)].map((slot) => ({ slot, before: ZERO_HASH, after: word(1n) })),
    preimages: [inner, outer],
    keys: [],
    names: { addressName: () => undefined, keyNames: new Map() },
  });
  expect(new Set(changes.map(({ path }) => path))).toEqual(new Set([
    "slot3[0x70997970C51812dc3A010C7d01b50e0d17dc79C8]",
    "slot3[0x70997970C51812dc3A010C7d01b50e0d17dc79C8].word9[4].word1",
  ]));
});
