import { keccak256 } from "ethers";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { openBlock } from "../../src/chain/block-reader.ts";
import { receiptSchema } from "../../src/chain/rpc-schemas.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { addressSchema } from "../../src/protocol/address-schema.ts";
import { ZERO_HASH, type Address, type Hex } from "../../src/protocol/hex.ts";
import { replacedWhileRead } from "../../src/snapshot/read/read-errors.ts";
import { openSlotList } from "../../src/snapshot/take/list-slots.ts";
import { pinBlock, type PinnedBlock } from "../../src/snapshot/take/pin-block.ts";
import { proveAccounts, readStorageNodes } from "../../src/snapshot/take/prove-accounts.ts";
import { proveStorage, type StorageVerdict } from "../../src/snapshot/take/prove-storage.ts";
import { slotWordsOf } from "../../src/snapshot/trie/storage-root.ts";
import { readWrittenZeros } from "../../src/snapshot/trie/written-zeros.ts";
import { startHostileRpc, type Behaviour } from "./hostile-rpc.ts";

/** Writes the second word that it is called with into the slot that the first one names. */
const WRITES = "0x6007600c60003960076000f360203560003555";
const COUNT = 300;
const word = (value: number | bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

let anvil: Anvil;
let holder: Address;
let from: Address;
let block: PinnedBlock;
const state = new Map<Hex, Hex>(Array.from({ length: COUNT }, (_, index) => [word(index), word(index * 7 + 1)]));

async function write(slot: number, value: number): Promise<void> {
  await anvil.rpc.request("eth_sendTransactionSync", [{ from, to: holder, data: word(slot) + word(value).slice(2) }], receiptSchema);
}

beforeAll(async () => {
  anvil = await startAnvil();
  const { rpc } = anvil;
  [from] = await rpc.request("eth_accounts", [], z.tuple([addressSchema]));
  const { contractAddress } = await rpc.request("eth_sendTransactionSync", [{ from, data: WRITES }], receiptSchema);
  if (contractAddress === null) throw new Error("not deployed");
  holder = contractAddress;
  await Promise.all([...state].map(([slot, value]) => rpc.request("anvil_setStorageAt", [holder, slot, value], z.unknown())));
  // Read as zero, and a leaf of the trie all the same.
  await write(5_000, 0);
  await write(5_001, 0);
  block = await pinBlock(rpc, {});
  // Since then one has become a word, and another word has become a zero.
  await write(5_001, 8);
  await write(3, 0);
});
afterAll(() => anvil.stop());

async function before(behaviour: Behaviour): Promise<Rpc> {
  const hostile = await startHostileRpc(anvil.url, behaviour);
  onTestFinished(() => hostile.stop());
  return new Rpc(hostile.url, { timeoutMs: 5_000 });
}

async function prove(words: ReadonlyMap<Hex, Hex>, { rpc = anvil.rpc, pinned = block } = {}): Promise<StorageVerdict> {
  const reader = await openBlock(rpc, pinned, replacedWhileRead);
  const account = (await proveAccounts(reader, pinned, [holder])).get(holder);
  if (account === undefined) throw new Error("no account");
  const list = openSlotList(rpc, pinned);
  return proveStorage(account.account.storageHash, slotWordsOf(words), {
    prove: (slots) => readStorageNodes(reader, pinned, holder, slots),
    slotsOf: (hashes) => list.slotsOf(holder, hashes),
    // Those of the local chain are known either way: here as if it were any other one.
    writtenZeros: pinned.isLocal ? async () => (await readWrittenZeros(anvil.rpc)).get(holder) ?? [] : () => Promise.resolve([word(5_000), word(5_001)]),
  });
}

/** What a node of a real network would be: it says what is final, and is no development chain. */
const asNetwork: Behaviour = { instead: ({ method }) => (method === "web3_clientVersion" ? { result: "Geth/v1.16.0" } : undefined) };
const everything = new Map([...state, [word(5_000), ZERO_HASH], [word(5_001), ZERO_HASH], [word(9_000), ZERO_HASH]]);

test("words are complete when the root is that of the block, whatever was written since and whatever reads as zero", async () => {
  const verdict = await prove(everything);
  expect(verdict).toMatchObject({ is: "complete", writtenZeros: [word(5_000), word(5_001)], found: [] });
  if (verdict.is !== "complete") return;
  expect(verdict.words).toEqual(slotWordsOf(state));
});

test("one false word is found among all of them", async () => {
  expect(await prove(new Map([...everything, [word(120), word(1)]]))).toEqual({ is: "false", words: [{ slot: word(120), said: word(1), proven: word(841) }] });
  expect(await prove(new Map([...everything, [word(120), ZERO_HASH]]))).toEqual({ is: "false", words: [{ slot: word(120), said: ZERO_HASH, proven: word(841) }] });
  expect(await prove(new Map([...everything, [word(9_000), word(1)]]))).toEqual({ is: "false", words: [{ slot: word(9_000), said: word(1), proven: ZERO_HASH }] });
});

test("words in slots that nobody asked for are named where the node can, and otherwise known by their hashes", async () => {
  const without = (...slots: number[]): Map<Hex, Hex> => new Map([...everything].filter(([slot]) => !slots.includes(Number(slot))));
  const local = await prove(without(7, 120));
  expect(local.is === "complete" && local.words).toEqual(slotWordsOf(state));
  expect(local).toMatchObject({ is: "complete" });
  expect(local.is === "complete" && local.found.map(({ slot }) => slot).toSorted()).toEqual([word(7), word(120)]);
  // A zero by now, a word at the block: nobody said otherwise.
  expect(await prove(without(3))).toMatchObject({ is: "complete", found: [{ slot: word(3), word: word(22) }] });

  const hashOf = new Map([...state.keys()].map((slot) => [keccak256(slot), slot]));
  const lists: Behaviour = {
    instead: (asked) => {
      if (asked.method !== "debug_storageRangeAt") return asNetwork.instead?.(asked);
      const hash = String(asked.params[3]);
      return { result: { storage: { [hash]: { key: hashOf.get(hash) ?? null, value: "0x01" } }, nextKey: null } };
    },
  };
  const final = { confirmations: 2n };
  const listing = await before(lists);
  const found = await prove(without(7, 120), { rpc: listing, pinned: await pinBlock(listing, final) });
  expect(found.is === "complete" && found.words.count).toBe(COUNT);

  const silent = await before(asNetwork);
  const pinned = await pinBlock(silent, final);
  const unknown = await prove(without(7, 120), { rpc: silent, pinned });
  const leaves = [7, 120].map((index) => ({ hash: keccak256(word(index)), word: word(index * 7 + 1) }));
  expect(unknown.is === "unexplained" && unknown.words.toSorted((a, b) => (a.word < b.word ? -1 : 1))).toEqual(leaves);
  const many = await prove(new Map([...everything].filter(([slot]) => Number(slot) > 200)), { rpc: silent, pinned });
  expect(many.is === "unexplained" && many.words).toHaveLength(201);
});

test.each<[what: string, distort: (proof: Record<string, unknown>) => unknown, says: RegExp]>([
  ["balance", (proof) => ({ ...proof, balance: "0x1" }), /balance in wei is given as 1, and the proof says 0/],
  ["storage root", (proof) => ({ ...proof, storageHash: word(1) }), /storage root/],
  ["proof", (proof) => ({ ...proof, accountProof: z.array(z.string()).parse(proof["accountProof"]).slice(0, -1) }), /does not lead/],
])("an RPC that gives another %s than the block has is told so", async (_, distort, says) => {
  const rpc = await before({ distort: ({ method }, result) => (method === "eth_getProof" ? distort(z.record(z.string(), z.unknown()).parse(result)) : result) });
  await expect(prove(everything, { rpc })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_PROOF_FALSE", exit: 7, why: expect.stringMatching(says) });
});

test("other code than the account's, a node without proofs, and state that was set by hand are refused", async () => {
  const coded = await before({ distort: ({ method, params }, result) => (method === "eth_getCode" && params[0] === holder ? "0x6001" : result) });
  await expect(prove(everything, { rpc: coded })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_PROOF_FALSE", why: expect.stringMatching(/code hash/) });
  const proofless = await before({ instead: ({ method }) => (method === "eth_getProof" ? { error: { code: -32000, message: "distance to target block exceeds maximum proof window" } } : undefined) });
  await expect(prove(everything, { rpc: proofless })).rejects.toMatchObject({ code: expect.stringMatching(/^LPCTL_(SNAPSHOT_NO_PROOFS|ANVIL_STATE_GONE)$/), exit: 6 });
  const unable = await before({ instead: ({ method }) => (method === "eth_getProof" ? { error: { code: -32601, message: "the method does not exist" } } : undefined) });
  await expect(prove(everything, { rpc: unable })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_NO_PROOFS", exit: 6 });
  const snapshot = await anvil.rpc.request("evm_snapshot", [], z.string());
  await anvil.rpc.request("anvil_setBalance", [from, "0x1"], z.unknown());
  const pinned = await pinBlock(anvil.rpc, {});
  await expect(prove(everything, { pinned })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_CHANGED_BY_HAND", exit: 3 });
  await anvil.rpc.request("evm_revert", [snapshot], z.boolean());
});

test("a block is taken only when it is final, and only with the header that has its hash", async () => {
  const head = await anvil.rpc.blockNumber();
  expect(await pinBlock(anvil.rpc, {})).toMatchObject({ number: head, finality: { by: "local" } });
  expect(await pinBlock(anvil.rpc, { confirmations: 2n })).toMatchObject({ number: head - 2n });
  expect(await pinBlock(anvil.rpc, { block: block.hash })).toMatchObject({ number: block.number, hash: block.hash });
  await expect(pinBlock(anvil.rpc, { block: head, confirmations: 2n })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_NOT_FINAL", exit: 3, next: `lpctl snapshot take --block ${head - 2n}` });
  await expect(pinBlock(anvil.rpc, { confirmations: head + 1n })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_NOT_FINAL" });
  const network = await before(asNetwork);
  await expect(pinBlock(network, { block: head })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_NOT_FINAL", why: expect.stringMatching(/says that it is final/) });
  const unsure = await before({ instead: (asked) => (asked.params[0] === "finalized" ? { error: { code: -32000, message: "finalized block not found" } } : asNetwork.instead?.(asked)) });
  await expect(pinBlock(unsure, {})).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_NO_FINALITY", exit: 2, next: expect.stringContaining("--confirmations") });
  const lying = await before({ distort: ({ method }, result) => (method.startsWith("eth_getBlockBy") ? { ...z.looseObject({}).parse(result), stateRoot: word(1) } : result) });
  await expect(pinBlock(lying, { confirmations: 1n })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_HEADER_FALSE", exit: 7 });
  const other = await before({ distort: ({ method, params }, result) => (method === "eth_getBlockByNumber" && params[0] !== "latest" ? { ...z.looseObject({}).parse(result), hash: word(1) } : result) });
  await expect(pinBlock(other, { block: block.hash })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_REORG", exit: 6 });
});
