import fc from "fast-check";
import { getAddress, keccak256 } from "ethers";
import { expect, test } from "vitest";
import { ZERO_HASH, type Hex } from "../../../src/protocol/hex.ts";
import type { Layout } from "../../../src/protocol/layout.ts";
import { decodeStorage, type DecodedChange, type SlotChange } from "../../../src/simulation/decode-storage.ts";

const NAMES = { addressName: () => undefined, keyNames: new Map<Hex, string>() };
const OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** What a registry of entries, nested structs, strings and arrays of every kind looks like to solc. */
const LAYOUT: Layout = {
  storage: [
    { label: "registry", slot: "0", offset: 0, type: "t_mapping(t_bytes32,t_struct(Entry))" },
    { label: "deep", slot: "1", offset: 0, type: "t_mapping(t_address,t_mapping(t_uint256,t_struct(Deep)))" },
    { label: "text", slot: "2", offset: 0, type: "t_string_storage" },
    { label: "numbers", slot: "3", offset: 0, type: "t_array(t_uint64)dyn_storage" },
    { label: "tree", slot: "4", offset: 0, type: "t_struct(Node)" },
    { label: "blobs", slot: "6", offset: 0, type: "t_array(t_bytes_storage)dyn_storage" },
    { label: "balances", slot: "7", offset: 0, type: "t_mapping(t_uint256,t_uint256)" },
    { label: "named", slot: "8", offset: 0, type: "t_mapping(t_string_memory_ptr,t_uint256)" },
  ],
  types: {
    t_address: { encoding: "inplace", label: "address", numberOfBytes: "20" },
    t_bytes20: { encoding: "inplace", label: "bytes20", numberOfBytes: "20" },
    t_bytes32: { encoding: "inplace", label: "bytes32", numberOfBytes: "32" },
    t_uint64: { encoding: "inplace", label: "uint64", numberOfBytes: "8" },
    t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" },
    t_string_storage: { encoding: "bytes", label: "string", numberOfBytes: "32" },
    t_string_memory_ptr: { encoding: "bytes", label: "string", numberOfBytes: "32" },
    t_bytes_storage: { encoding: "bytes", label: "bytes", numberOfBytes: "32" },
    "t_array(t_uint64)dyn_storage": { encoding: "dynamic_array", label: "uint64[]", numberOfBytes: "32", base: "t_uint64" },
    "t_array(t_bytes_storage)dyn_storage": { encoding: "dynamic_array", label: "bytes[]", numberOfBytes: "32", base: "t_bytes_storage" },
    "t_array(t_struct(Node))dyn_storage": { encoding: "dynamic_array", label: "struct Node[]", numberOfBytes: "32", base: "t_struct(Node)" },
    "t_mapping(t_uint256,t_uint256)": { encoding: "mapping", label: "mapping(uint256 => uint256)", numberOfBytes: "32", key: "t_uint256", value: "t_uint256" },
    "t_mapping(t_string_memory_ptr,t_uint256)": { encoding: "mapping", label: "mapping(string => uint256)", numberOfBytes: "32", key: "t_string_memory_ptr", value: "t_uint256" },
    "t_mapping(t_bytes32,t_struct(Entry))": { encoding: "mapping", label: "mapping(bytes32 => struct Entry)", numberOfBytes: "32", key: "t_bytes32", value: "t_struct(Entry)" },
    "t_mapping(t_uint256,t_struct(Deep))": { encoding: "mapping", label: "mapping(uint256 => struct Deep)", numberOfBytes: "32", key: "t_uint256", value: "t_struct(Deep)" },
    "t_mapping(t_address,t_mapping(t_uint256,t_struct(Deep)))": {
      encoding: "mapping", label: "mapping(address => mapping(uint256 => struct Deep))", numberOfBytes: "32", key: "t_address", value: "t_mapping(t_uint256,t_struct(Deep))",
    },
    "t_struct(Entry)": {
      encoding: "inplace", label: "struct Entry", numberOfBytes: "64",
      members: [
        { label: "contractAddress", slot: "0", offset: 0, type: "t_address" },
        { label: "gitCommitHash", slot: "1", offset: 0, type: "t_bytes20" },
      ],
    },
    "t_struct(Deep)": {
      encoding: "inplace", label: "struct Deep", numberOfBytes: "96",
      members: [
        { label: "amounts", slot: "0", offset: 0, type: "t_array(t_uint64)dyn_storage" },
        { label: "notes", slot: "1", offset: 0, type: "t_array(t_bytes_storage)dyn_storage" },
        { label: "count", slot: "2", offset: 0, type: "t_uint256" },
      ],
    },
    "t_struct(Node)": {
      encoding: "inplace", label: "struct Node", numberOfBytes: "64",
      members: [
        { label: "value", slot: "0", offset: 0, type: "t_uint256" },
        { label: "children", slot: "1", offset: 0, type: "t_array(t_struct(Node))dyn_storage" },
      ],
    },
  },
};

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const hash = (...parts: Hex[]): bigint => BigInt(keccak256(`0x${parts.map((part) => part.slice(2)).join("")}`));
const change = (slot: bigint, after: bigint, before = 0n): SlotChange => ({ slot: word(slot), before: word(before), after: word(after) });
const decode = (changes: SlotChange[], preimages: Hex[] = [], keys: Hex[] = []): DecodedChange[] => decodeStorage({ layout: LAYOUT, changes, preimages, keys, names: NAMES }).changes;
const shown = (changes: DecodedChange[]): string[] => changes.map(({ path, afterText }) => `${path ?? "?"} = ${afterText ?? ""}`);
const join = (...parts: Hex[]): Hex => `0x${parts.map((part) => part.slice(2)).join("")}`;

test("a struct whose first word is odd is no byte string", () => {
  const key: Hex = `0x${"9a".repeat(32)}`;
  const entry = hash(key, word(0n));
  const odd = BigInt(OWNER) | 1n;
  const commit = BigInt(`0x${"ab".repeat(20)}`);
  expect(shown(decode([change(entry, odd), change(entry + 1n, commit)], [join(key, word(0n))]))).toEqual([
    `registry[${key}].contractAddress = ${getAddress(`0x${odd.toString(16)}`)}`,
    `registry[${key}].gitCommitHash = 0x${"ab".repeat(20)}`,
  ]);
});

test("arrays of byte strings in structs in mappings in mappings have names down to the last word", () => {
  const inner = hash(word(BigInt(OWNER)), word(1n));
  const deep = hash(word(5n), word(inner));
  const notes = hash(word(deep + 1n));
  const data = hash(word(notes + 2n));
  const changes = [change(deep, 9n), change(hash(word(deep)) + 1n, 1n << 64n), change(deep + 2n, 3n), change(notes + 2n, 81n), change(data, 1n << 255n), change(data + 1n, 7n << 248n)];
  const preimages = [join(word(BigInt(OWNER)), word(1n)), join(word(5n), word(inner)), word(deep), word(deep + 1n), word(notes + 2n)];
  const path = `deep[${OWNER}][5]`;
  expect(shown(decode(changes, preimages)).sort()).toEqual([
    `${path}.amounts.length = 9`,
    `${path}.amounts[5] = 1`,
    `${path}.count = 3`,
    `${path}.notes[2] (bytes 0 to 31) = 0x80${"00".repeat(31)}`,
    `${path}.notes[2] (bytes 32 to 63) = 0x07${"00".repeat(31)}`,
    `${path}.notes[2] = 0x80${"00".repeat(31)}07${"00".repeat(7)}`,
  ].sort());
});

test("a struct that contains arrays of itself is walked as deep as the chain went, and no deeper", () => {
  const first = hash(word(5n));
  const second = hash(word(first + 1n));
  expect(shown(decode([change(5n, 1n), change(first + 1n, 1n), change(second, 42n)], [word(5n), word(first + 1n)])).sort()).toEqual(
    ["tree.children.length = 1", "tree.children[0].children.length = 1", "tree.children[0].children[0].value = 42"].sort(),
  );
});

test("impossible lengths and malformed heads are said, not followed", () => {
  const most = (1n << 256n) - 1n;
  expect(shown(decode([change(3n, most), change(2n, most), change(6n, 1n)]))).toEqual([
    `text = ${(most - 1n) >> 1n} bytes`,
    `numbers.length = ${most}`,
    "blobs.length = 1",
  ]);
  expect(shown(decode([change(2n, 0x7en)]))).toEqual([`text = malformed 0x${(0x7en).toString(16).padStart(64, "0")}`]);
});

test("text of any kind stays one harmless line", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const hex = Buffer.from(bytes).toString("hex");
      const isLong = bytes.length > 31;
      const head = isLong ? BigInt(bytes.length * 2 + 1) : BigInt(`0x${hex.padEnd(62, "0")}${(bytes.length * 2).toString(16).padStart(2, "0")}`);
      const base = hash(word(2n));
      const data = isLong ? Array.from({ length: Math.ceil(bytes.length / 32) }, (_, index) => change(base + BigInt(index), BigInt(`0x${hex.slice(index * 64, index * 64 + 64).padEnd(64, "0")}`))) : [];
      const changes = [change(2n, head), ...data].filter(({ after }) => after !== ZERO_HASH);
      for (const { path, afterText } of decode(changes)) {
        expect(path).toMatch(/^text/);
        // eslint-disable-next-line no-control-regex
        expect(afterText).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/);
      }
    }),
    { numRuns: 100 },
  );
});

test("a text of a megabyte is named word by word, and not put together", () => {
  const words = 32_768n;
  const base = hash(word(2n));
  const changes = [change(2n, words * 64n + 1n), ...Array.from({ length: 1_000 }, (_, index) => change(base + BigInt(index) * 32n, 1n << 200n))];
  const decoded = decode(changes);
  expect(decoded.every(({ path }) => path?.startsWith("text"))).toBe(true);
  expect(decoded.find(({ path }) => path === "text")?.afterText).toBe(`${words * 32n} bytes`);
});

test("a key that is a hostile text cannot break out of its brackets' line", () => {
  const key: Hex = `0x${Buffer.from("a]\u202e\n[b").toString("hex")}`;
  const [named] = decode([change(hash(key, word(8n)), 1n)], [join(key, word(8n))]);
  expect(named?.path).toMatch(/^named\["a\]/);
  expect(named?.path).not.toMatch(/[\n\u202e]/);
});

test("ten thousand slots under as many keys are named in less than a second, and a hundred thousand other hashes do no harm", () => {
  const count = 10_000;
  const preimages = Array.from({ length: count }, (_, index) => join(word(BigInt(index)), word(7n)));
  const changes = preimages.map((preimage, index) => change(BigInt(keccak256(preimage)), BigInt(index + 1)));
  const start = process.threadCpuUsage();
  const decoded = decode(changes, preimages, [word(1n), word(BigInt(OWNER))]);
  const { user } = process.threadCpuUsage(start);
  expect(decoded).toHaveLength(count);
  expect(decoded.every(({ path }) => path?.startsWith("balances["))).toBe(true);
  expect(user / 1_000_000).toBeLessThan(1);

  const noise = Array.from({ length: 100_000 }, (_, index) => join(word(BigInt(index)), word(1_000_000n)));
  expect(decode(changes.slice(0, 10), [...noise, ...preimages.slice(0, 10)]).every(({ path }) => path?.startsWith("balances["))).toBe(true);
});

test("ten thousand slots that nothing explains all come back", () => {
  const changes = Array.from({ length: 10_000 }, (_, index) => change(hash(word(BigInt(index)), word(99n)), 1n));
  const keys = Array.from({ length: 400 }, (_, index) => word(BigInt(index)));
  const decoded = decode(changes, [], keys);
  expect(decoded).toHaveLength(10_000);
  expect(decoded.every(({ path }) => path === undefined)).toBe(true);
});
