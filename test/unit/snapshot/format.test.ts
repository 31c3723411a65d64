import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { getAddress } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { concat, toBeHex, toUtf8Bytes } from "ethers/utils";
import { afterAll, expect, test } from "vitest";
import type { Hex } from "../../../src/protocol/hex.ts";
import { checksumAddresses } from "../../../src/snapshot/format/checksum-addresses.ts";
import { identityOf } from "../../../src/snapshot/format/identity.ts";
import { loadSnapshot } from "../../../src/snapshot/format/load-snapshot.ts";
import { saveSnapshot } from "../../../src/snapshot/format/save-snapshot.ts";
import { verifySnapshot } from "../../../src/snapshot/format/verify-snapshot.ts";
import type { ContractState, ProtocolState } from "../../../src/snapshot/state.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import { contractOf, provenState, pseudoHash, pseudoWords, registryWord, smallState } from "./format-state.ts";

const folder = await mkdtemp(join(tmpdir(), "lpctl-format-"));
afterAll(() => rm(folder, { recursive: true }));
const tool = "lpctl test";
const { state, proofs } = await smallState();

test("a snapshot comes back as it was saved, and proves itself", async () => {
  const path = join(folder, "small");
  const saved = await saveSnapshot(path, state, proofs, { tool, notes: ["taken by a test"], nameOf: () => "owner" });
  const { snapshot, differences, absent, blockHashGiven } = await verifySnapshot(path);
  expect(differences).toEqual([]);
  expect(absent).toEqual([]);
  expect(blockHashGiven).toBe(false);
  expect(snapshot.state).toEqual(state);
  expect(saved).toMatchObject({ id: snapshot.id, words: 66 });
  expect(snapshot.id).toBe(await identityOf(state));
  expect(snapshot.manifest.notes).toEqual(["taken by a test"]);
  expect(new Set(snapshot.proofs.keys())).toEqual(new Set(state.contracts.map(({ address }) => address)));
  expect(await readdir(folder), "nothing else is left beside it").toEqual(["small"]);
  const [line] = (await readFile(join(path, "words.ndjson"), "utf8")).split("\n");
  expect(JSON.parse(line ?? "")).toMatchObject({ contract: state.contracts[0]?.name, name: "owner" });
});

/** The identity as its description has it, by other people's code. */
function identityByTheBook({ chainId, block, controller, contracts, preimages }: ProtocolState): string {
  const number = (value: bigint): string => toBeHex(value, 32);
  const text = (value: string): string => keccak256(toUtf8Bytes(value));
  const at = (flat: Uint8Array, index: number): Uint8Array => flat.slice(index * 32, (index + 1) * 32);
  const records = [
    concat(["0x00", toUtf8Bytes("lpctl-snapshot/1"), number(chainId), block.hash, controller]),
    ...contracts.flatMap(({ address, account, name, layoutOf, words, writtenZeros }) => [
      concat(["0x01", address, number(account.nonce), number(account.balanceWei), account.storageHash, account.codeHash, text(name), text(layoutOf ?? "")]),
      ...Array.from({ length: words.count }, (_, index) => concat(["0x02", address, at(words.slots, index), at(words.values, index)])),
      ...writtenZeros.map((slot) => concat(["0x03", address, slot])),
    ]),
    ...preimages.addresses.map((address) => concat(["0x04", address])),
    ...preimages.words.map((word) => concat(["0x05", word])),
    ...(preimages.together ?? []).map((pair) => concat(["0x06", pair])),
    ...(preimages.contracts ?? []).map(({ address, codeHash }) => concat(["0x07", address, codeHash])),
  ];
  return SimpleMerkleTree.of(records.map((record) => keccak256(record))).root;
}

test("the identity is what its description says, whoever computes it", async () => {
  expect(await identityOf(state)).toBe(identityByTheBook(state));
  expect(await identityOf(state)).toBe("0x8455a91cb1269bcd241e93e6719e40b0aa02624820f760ff0d0e2fc62f8b856d");
});

test("the identity changes with everything that is in a snapshot", async () => {
  const [first, ...others] = state.contracts as [ContractState, ...ContractState[]];
  const withFirst = (more: Partial<ContractState>): ProtocolState => ({ ...state, contracts: [{ ...first, ...more }, ...others] });
  const moved = { ...first.words, values: first.words.values.slice() };
  moved.values[31] = (moved.values[31] ?? 0) ^ 1;
  const changed: ProtocolState[] = [
    { ...state, chainId: 5n },
    { ...state, block: { ...state.block, hash: pseudoHash("another block") } },
    { ...state, controller: others[0]?.address ?? "0x" },
    { ...state, contracts: others },
    withFirst({ name: "Another" }),
    withFirst({ layoutOf: "contracts/Another.sol:Another" }),
    withFirst({ words: moved }),
    withFirst({ writtenZeros: [...first.writtenZeros, pseudoHash("more")] }),
    withFirst({ account: { ...first.account, nonce: 77n } }),
    withFirst({ account: { ...first.account, balanceWei: 77n } }),
    withFirst({ account: { ...first.account, storageHash: pseudoHash("root") } }),
    withFirst({ account: { ...first.account, codeHash: pseudoHash("code") } }),
    { ...state, preimages: { ...state.preimages, addresses: [] } },
    { ...state, preimages: { ...state.preimages, words: [] } },
    { ...state, preimages: { ...state.preimages, together: [] } },
    { ...state, preimages: { ...state.preimages, contracts: [] } },
  ];
  expect(new Set(await Promise.all([state, ...changed].map(identityOf))).size).toBe(changed.length + 1);
});

test("the order in which contracts and preimages come makes no other snapshot, and doubles of preimages none", async () => {
  const path = join(folder, "other-order");
  const { addresses, words, together = [], contracts = [] } = state.preimages;
  const preimages = { addresses: [...addresses.toReversed(), ...addresses], words: [...words, ...words], together: [...together.toReversed(), ...together], contracts: [...contracts.toReversed(), ...contracts] };
  await saveSnapshot(path, { ...state, contracts: state.contracts.toReversed(), preimages }, proofs, { tool });
  expect((await loadSnapshot(path)).state).toEqual(state);
});

test("what is no state is not written", async () => {
  const [first, ...others] = state.contracts as [ContractState, ...ContractState[]];
  const path = join(folder, "never");
  const save = (contract: Partial<ContractState>): Promise<unknown> => saveSnapshot(path, { ...state, contracts: [{ ...first, ...contract }, ...others] }, proofs, { tool });
  const [a, b]: Hex[] = [pseudoHash("a"), pseudoHash("b")].sort() as [Hex, Hex];
  await expect(save({ words: slotWordsOf([[b, a], [a, b]]) }), "not in order").rejects.toThrow(RangeError);
  await expect(save({ words: slotWordsOf([[a, b], [a, b]]) }), "twice").rejects.toThrow(RangeError);
  await expect(save({ words: slotWordsOf([[a, `0x${"0".repeat(64)}`]]) }), "zero").rejects.toThrow(RangeError);
  await expect(save({ words: slotWordsOf([[a, b]]), writtenZeros: [a] }), "zero and not").rejects.toThrow(RangeError);
  await expect(save({ name: others[0]?.name ?? "" }), "one name for two").rejects.toThrow(RangeError);
  await expect(save({ name: "\u001b[2J" }), "a name that a terminal obeys").rejects.toThrow();
  await expect(saveSnapshot(path, { ...state, contracts: [first, first] }, proofs, { tool }), "one contract twice").rejects.toThrow(RangeError);
  expect((await readdir(folder)).filter((entry) => entry.startsWith("never"))).toEqual([]);
});

test("a snapshot is written over nothing", async () => {
  const path = join(folder, "taken");
  await mkdir(path);
  await writeFile(join(path, "diary.txt"), "mine");
  await expect(saveSnapshot(path, state, proofs, { tool })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_EXISTS" });
  await expect(saveSnapshot(join(path, "diary.txt"), state, proofs, { tool })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_EXISTS" });
  expect(await readdir(path)).toEqual(["diary.txt"]);
  const empty = join(folder, "empty");
  await mkdir(empty);
  await saveSnapshot(empty, state, proofs, { tool });
  expect((await loadSnapshot(empty)).id).toBe(await identityOf(state));
});

test("a snapshot too large for people has no lines for them", async () => {
  const words = pseudoWords("many", 20_000);
  const big = await provenState([await contractOf("Controller", 1, words), await contractOf("Minter", 2, [])]);
  const path = join(folder, "big");
  await saveSnapshot(path, big.state, big.proofs, { tool });
  expect(await readdir(path)).toEqual(["code", "headers", "manifest.json", "preimages", "proofs", "words.parquet"]);
  const { snapshot, differences } = await verifySnapshot(path);
  expect(differences).toEqual([]);
  expect(Buffer.compare(snapshot.state.contracts.find(({ name }) => name === "Controller")?.words.slots ?? Buffer.of(), slotWordsOf(words).slots)).toBe(0);
});

test("many addresses get the checksum that each gets", async () => {
  const addresses = Array.from({ length: 300 }, (_, index) => pseudoHash(`address ${index}`).slice(0, 42) as Hex);
  expect(await checksumAddresses(addresses)).toEqual(addresses.map((address) => getAddress(address)));
});

test("names are those that the Controller has registered, and what is registered and missing is said", async () => {
  const minter = await contractOf("Minter", 3, []);
  const manager = await contractOf("BondingManager", 4, []);
  const registry = [registryWord("Minter", minter.address), registryWord("BondingManager", manager.address)].sort(([a], [b]) => (a < b ? -1 : 1));
  const controller = await contractOf("Controller", 1, registry);
  const verify = async (name: string, contracts: ContractState[]): Promise<Awaited<ReturnType<typeof verifySnapshot>>> => {
    const made = await provenState(contracts, { controller: controller.address });
    await saveSnapshot(join(folder, name), made.state, made.proofs, { tool });
    return verifySnapshot(join(folder, name));
  };
  expect(await verify("named", [controller, minter, manager])).toMatchObject({ differences: [], absent: [] });
  expect(await verify("exchanged", [controller, { ...minter, name: "BondingManager" }, { ...manager, name: "Minter" }])).toMatchObject({
    differences: [
      { of: expect.stringMatching(/Minter|BondingManager/) as string, what: expect.stringContaining("another address") as string },
      { of: expect.stringMatching(/Minter|BondingManager/) as string },
    ],
  });
  expect(await verify("left-out", [controller, manager])).toMatchObject({ differences: [], absent: [{ name: "Minter", address: minter.address.toLowerCase() }] });
});
