import { keccak256 } from "ethers";
import { beforeAll, expect, test } from "vitest";
import { ZERO_HASH, type Hex } from "../../../src/protocol/hex.ts";
import { GOVERNOR_STORAGE_LAYOUT, SAFE_STORAGE_LAYOUT } from "../../../src/protocol/storage-slots.ts";
import { decodeStorage, type DecodedChange } from "../../../src/simulation/decode-storage.ts";
import type { Layout } from "../../../src/simulation/layout-walk.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileFixture } from "./fixture-contracts.ts";

const NAMES = { addressName: () => undefined, keyNames: new Map<Hex, string>() };
const OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

let shapes: Artifact;
beforeAll(async () => {
  shapes = await compileFixture("StorageShapes");
});

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** The slot of `mapping[key]`, and the hash input that leads there. */
function entry(key: Hex, slot: Hex): { slot: Hex; preimage: Hex } {
  const preimage: Hex = `0x${key.slice(2)}${slot.slice(2)}`;
  return { slot: keccak256(preimage) as Hex, preimage };
}

function decode(layout: Layout | undefined, slot: Hex, before: Hex, after: Hex, preimages: Hex[] = [], keys: Hex[] = []): DecodedChange[] {
  return decodeStorage({ layout, changes: [{ slot, before, after }], preimages, keys, names: NAMES }).changes;
}

test("names a Safe's nonce, threshold, owners and approved hashes", () => {
  expect(decode(SAFE_STORAGE_LAYOUT, word(5n), word(3n), word(4n))).toMatchObject([{ path: "nonce", beforeText: "3", afterText: "4" }]);
  const owner = word(BigInt(OWNER));
  const outer = entry(owner, word(8n));
  const inner = entry(`0x${"ab".repeat(32)}`, outer.slot);
  const [approved] = decode(SAFE_STORAGE_LAYOUT, inner.slot, ZERO_HASH, word(1n), [inner.preimage, outer.preimage]);
  expect(approved?.path).toBe(`approvedHashes[${OWNER}][0x${"ab".repeat(32)}]`);
});

test("finds a key that nobody was seen hashing among the words that the transaction spoke of", () => {
  const staged: Hex = `0x${"cd".repeat(32)}`;
  const update = entry(staged, word(1n));
  const found = decodeStorage({
    layout: GOVERNOR_STORAGE_LAYOUT,
    changes: [{ slot: update.slot, before: ZERO_HASH, after: word(99n) }],
    preimages: [],
    keys: [word(1n), staged],
    names: NAMES,
  });
  expect(found.changes).toMatchObject([{ path: `updates[${staged}]`, afterText: "99" }]);
  expect(found.preimages).toEqual([update.preimage]);
});

test("reports only the packed variables that changed, in the order of the slot", () => {
  const [owner, packed] = [BigInt(OWNER), 1n << 160n];
  const changes = decode(shapes.storageLayout, word(0n), word(owner), word(owner | packed | (500n << 168n)));
  expect(changes.map((change) => [change.path, change.beforeText, change.afterText])).toEqual([
    ["paused", "false", "true"],
    ["rate", "0", "500"],
  ]);
});

test("never drops bytes that no variable explains, even beside ones that are explained", () => {
  const layout: Layout = {
    storage: [{ label: "flag", slot: "0", offset: 0, type: "t_bool" }],
    types: { t_bool: { encoding: "inplace", label: "bool", numberOfBytes: "1" } },
  };
  expect(decode(layout, word(0n), ZERO_HASH, word(0x0101n)).map((change) => change.path)).toEqual(["flag", undefined]);
  expect(decode(layout, word(0n), ZERO_HASH, word(0x0100n)).map((change) => change.path)).toEqual([undefined]);
  expect(decode(undefined, word(7n), ZERO_HASH, word(1n)).map((change) => change.path)).toEqual([undefined]);
});

test("a hash that belongs to another contract's variable names nothing", () => {
  const stranger = entry(word(1n), word(4000n));
  expect(decode(shapes.storageLayout, stranger.slot, ZERO_HASH, word(1n), [stranger.preimage])[0]?.path).toBeUndefined();
});

test("shows strings without the control characters that were put into them", () => {
  const item = shapes.storageLayout.storage.find((candidate) => candidate.label === "title");
  const text = Buffer.from("\u001b[31mred").toString("hex");
  const after: Hex = `0x${text.padEnd(62, "0")}${(text.length).toString(16).padStart(2, "0")}`;
  const [change] = decode(shapes.storageLayout, word(BigInt(item?.slot ?? 0)), ZERO_HASH, after);
  expect(change?.path).toBe("title");
  expect(change?.afterText).not.toContain("\u001b");
});

test("accepts a namespace as one more variable at its hashed slot", () => {
  const namespace = "0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00";
  const layout: Layout = {
    storage: [{ label: "erc20", slot: BigInt(namespace).toString(), offset: 0, type: "t_struct(S)1_storage" }],
    types: {
      t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" },
      t_address: { encoding: "inplace", label: "address", numberOfBytes: "20" },
      "t_mapping(t_address,t_uint256)": { encoding: "mapping", label: "mapping(address => uint256)", numberOfBytes: "32", key: "t_address", value: "t_uint256" },
      "t_struct(S)1_storage": {
        encoding: "inplace",
        label: "struct S",
        numberOfBytes: "64",
        members: [
          { label: "balances", slot: "0", offset: 0, type: "t_mapping(t_address,t_uint256)" },
          { label: "totalSupply", slot: "1", offset: 0, type: "t_uint256" },
        ],
      },
    },
  };
  expect(decode(layout, word(BigInt(namespace) + 1n), ZERO_HASH, word(8n))[0]?.path).toBe("erc20.totalSupply");
  const balance = entry(word(BigInt(OWNER)), namespace);
  expect(decode(layout, balance.slot, ZERO_HASH, word(8n), [balance.preimage])[0]?.path).toBe(`erc20.balances[${OWNER}]`);
});

test("gives up on a slot that would take too many hashes, and says so by giving no name", () => {
  const keys = Array.from({ length: 400 }, (_, index) => word(BigInt(index)));
  const outer = entry(word(BigInt(OWNER)), word(8n));
  const { changes } = decodeStorage({
    layout: SAFE_STORAGE_LAYOUT,
    changes: [{ slot: outer.slot, before: ZERO_HASH, after: word(1n) }],
    preimages: [],
    keys,
    names: NAMES,
    hashBudget: 100,
  });
  expect(changes[0]?.path).toBeUndefined();
});

test("tells two variables of one name apart, as a contract and its parent may each have a private one", () => {
  const layout: Layout = {
    storage: [3, 154].map((slot) => ({ label: "_name", slot: String(slot), offset: 0, type: "t_uint256" })),
    types: { t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" } },
  };
  expect([3n, 154n].map((slot) => decode(layout, word(slot), ZERO_HASH, word(1n))[0]?.path)).toEqual(["_name@3", "_name@154"]);
});
