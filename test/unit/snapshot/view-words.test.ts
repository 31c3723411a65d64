/** Values out of words, and two protocols side by side: on words written by hand. */
import { keccak256 } from "ethers";
import { describe, expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import type { Layout } from "../../../src/protocol/layout.ts";
import { compareStates } from "../../../src/snapshot/diff/compare-states.ts";
import type { ProtocolState } from "../../../src/snapshot/state.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import { contractBlockNumber } from "../../../src/snapshot/view/contract-block-number.ts";
import { openView } from "../../../src/snapshot/view/state-view.ts";
import { distributionOf } from "../../../src/snapshot/view/totals.ts";

const SOMEBODY: Address = "0x00000000000000000000000000000000000000aa";
const OTHER: Address = "0x00000000000000000000000000000000000000bB";
const LAYOUT: Layout = {
  storage: [
    { label: "owner", slot: "0", offset: 0, type: "t_address" },
    { label: "isPaused", slot: "0", offset: 20, type: "t_bool" },
    { label: "balances", slot: "1", offset: 0, type: "t_mapping" },
    { label: "name", slot: "2", offset: 0, type: "t_string" },
    { label: "rounds", slot: "3", offset: 0, type: "t_array" },
    { label: "pair", slot: "4", offset: 0, type: "t_struct" },
  ],
  types: {
    t_address: { encoding: "inplace", label: "address", numberOfBytes: "20" },
    t_bool: { encoding: "inplace", label: "bool", numberOfBytes: "1" },
    t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" },
    t_uint64: { encoding: "inplace", label: "uint64", numberOfBytes: "8" },
    t_string: { encoding: "bytes", label: "string", numberOfBytes: "32" },
    t_mapping: { encoding: "mapping", label: "mapping(address => uint256)", numberOfBytes: "32", key: "t_address", value: "t_uint256" },
    t_array: { encoding: "dynamic_array", label: "uint64[]", numberOfBytes: "32", base: "t_uint64" },
    t_struct: {
      encoding: "inplace",
      label: "struct Pair",
      numberOfBytes: "64",
      members: [
        { label: "small", slot: "0", offset: 8, type: "t_uint64" },
        { label: "large", slot: "1", offset: 0, type: "t_uint256" },
      ],
    },
  },
};
const layouts = new Map([["by hand", LAYOUT]]);

const word = (value: bigint | string): Hex => `0x${(typeof value === "bigint" ? value.toString(16) : value.replace("0x", "")).padStart(64, "0")}`;
const entry = (key: Address, slot: bigint): Hex => keccak256(`0x${word(key).slice(2)}${word(slot).slice(2)}`) as Hex;
const after = (slot: Hex, count: bigint): Hex => word(BigInt(slot) + count);

function stateOf(minter: Address, words: readonly (readonly [Hex, Hex])[]): ProtocolState {
  const account = { nonce: 1n, balanceWei: 0n, storageHash: keccak256(minter) as Hex, codeHash: ZERO_HASH };
  const sorted = words.toSorted(([left], [right]) => (left < right ? -1 : 1));
  const header = { hash: ZERO_HASH, number: "0x10", timestamp: "0x5", mixHash: ZERO_HASH } as Partial<ProtocolState["block"]>;
  return {
    chainId: 1n,
    block: header as ProtocolState["block"],
    controller: minter,
    contracts: [
      { address: minter, name: "Minter", layoutOf: undefined, account, code: "0x00", words: slotWordsOf([]), writtenZeros: [] },
      { address: keccakAddress(minter), name: "Token", layoutOf: "by hand", account, code: "0x00", words: slotWordsOf(sorted), writtenZeros: [] },
    ],
    preimages: { addresses: [SOMEBODY, OTHER, minter], words: [] },
  };
}

function keccakAddress(of: Address): Address {
  return `0x${keccak256(of).slice(26)}`;
}

describe("a view of words", () => {
  const text = "a name of more than thirty-one bytes, so that it lies elsewhere";
  const bytes = Buffer.from(text).toString("hex").padEnd(128, "0");
  const data = keccak256(word(2n)) as Hex;
  const state = stateOf(OTHER, [
    [word(0n), word(`1${OTHER.slice(2)}`)],
    [entry(SOMEBODY, 1n), word(77n)],
    [word(2n), word(BigInt(text.length) * 2n + 1n)],
    [data, `0x${bytes.slice(0, 64)}`],
    [after(data, 1n), `0x${bytes.slice(64)}`],
    [word(3n), word(5n)],
    [keccak256(word(3n)) as Hex, word((4n << 192n) | (3n << 128n) | (2n << 64n) | 1n)],
    [after(keccak256(word(3n)) as Hex, 1n), word(5n)],
    [word(4n), word(9n << 64n)],
    [word(5n), word(2n ** 255n + 1n)],
  ]);

  test("finds variables that share a word, entries, elements, members and long texts", async () => {
    const token = (await openView(state, { layouts })).contract("Token");
    expect(token.cell("owner").address().toLowerCase()).toBe(OTHER.toLowerCase());
    expect(token.cell("isPaused").flag()).toBe(true);
    expect([token.number("balances", SOMEBODY), token.number("balances", OTHER)]).toEqual([77n, 0n]);
    expect(token.cell("name").text()).toBe(text);
    expect(token.cell("rounds").length).toBe(5n);
    expect([0n, 1n, 2n, 3n, 4n, 5n].map((index) => token.number("rounds", index))).toEqual([1n, 2n, 3n, 4n, 5n, 0n]);
    expect([token.number("pair", "small"), token.number("pair", "large")]).toEqual([9n, 2n ** 255n + 1n]);
  });

  test("says what there is not", async () => {
    const view = await openView(state, { layouts });
    expect(() => view.contract("Controller")).toThrow("The snapshot has no Controller");
    expect(() => view.value("Token", "nothing")).toThrow("Token has no variable nothing");
    expect(() => view.value("Token", "pair", "middle")).toThrow("no member middle");
  });

  test("takes the number of the chain below for a block of Arbitrum", () => {
    const mixHash: Hex = `0x${"00".repeat(8)}${(21_000_000).toString(16).padStart(16, "0")}${"00".repeat(16)}`;
    const block = { ...state.block, mixHash };
    expect(contractBlockNumber({ chainId: 42_161n, block })).toBe(21_000_000n);
    expect(contractBlockNumber({ chainId: 1n, block })).toBe(16n);
  });
});

describe("two protocols side by side", () => {
  const [first, second]: [Address, Address] = ["0x1000000000000000000000000000000000000001", "0x2000000000000000000000000000000000000002"];
  const wordsOf = (minter: Address, held: bigint): [Hex, Hex][] => [[word(0n), word(minter)], [entry(minter, 1n), word(held)], [entry(SOMEBODY, 1n), word(5n)]];

  test("are the same where they differ only in where their contracts are", async () => {
    const { isSameProtocol, contracts } = await compareStates(stateOf(first, wordsOf(first, 100n)), stateOf(second, wordsOf(second, 100n)), layouts);
    expect(isSameProtocol).toBe(false);
    expect(contracts.map(({ name, changes, counterparts }) => ({ name, changes, counterparts }))).toEqual([{ name: "Token", changes: [], counterparts: 3 }]);
  });

  test("differ where a contract has more in one of them", async () => {
    const { contracts } = await compareStates(stateOf(first, wordsOf(first, 100n)), stateOf(second, wordsOf(second, 101n)), layouts);
    expect(contracts).toMatchObject([{ name: "Token", counterparts: 1 }]);
    expect(contracts[0]?.changes.map(({ path, before, after: now }) => [path, before, now])).toEqual([
      [`balances[Minter (${first})]`, "100", "0"],
      [`balances[Minter (${second})]`, "0", "101"],
    ]);
  });
});

test.each([
  ["everybody has the same", [10n, 10n, 10n, 10n], { half: 3, giniPpm: 0n, middle: 500_000n }],
  ["one has all", [40n, 0n, 0n, 0n], { half: 1, giniPpm: 750_000n, middle: 1_000_000n }],
  ["nobody has anything", [], { half: 0, giniPpm: 0n, middle: 0n }],
])("the spread of stake when %s", (_what, amounts, { half, giniPpm, middle }) => {
  const found = distributionOf(amounts, amounts.reduce((sum, each) => sum + each, 0n));
  expect([found.half, found.giniPpm, found.pointsPpm[25]]).toEqual([half, giniPpm, middle]);
  expect(found.pointsPpm).toHaveLength(51);
});
