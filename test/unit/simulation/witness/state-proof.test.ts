import { keccak256 } from "ethers/crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../../../src/chain/anvil.ts";
import { receiptSchema } from "../../../../src/chain/rpc-schemas.ts";
import { HASH_OF_NO_CODE, hexSchema, ZERO_HASH, type Address, type Hex } from "../../../../src/protocol/hex.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../../../../src/snapshot/trie/block-header.ts";
import type { RecordedState } from "../../../../src/simulation/witness/recorded-state.ts";
import { verifyRecordedState } from "../../../../src/simulation/witness/state-proof.ts";
import { readAccountLeaf, readSlot } from "../../../../src/snapshot/trie/account-proof.ts";
import { BrokenProof, EMPTY_TRIE, readTrie, TrieNodes } from "../../../../src/snapshot/trie/trie-proof.ts";

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const NOBODY: Address = "0x00000000000000000000000000000000000000Aa";
/** Its constructor writes 40 slots: slot n holds n + 1. */
const FORTY_SLOTS = "0x60005b806001018155600101806028116002575060016000f3";

const proofSchema = z.object({ accountProof: z.array(hexSchema), storageProof: z.array(z.object({ proof: z.array(hexSchema) })) });

let chain: Anvil;
let holder: Address;
let block: BlockFields;

beforeAll(async () => {
  chain = await startAnvil({ accounts: 3 });
  const [from] = await chain.rpc.request("eth_accounts", [], z.array(z.string()));
  const { contractAddress } = await chain.rpc.request("eth_sendTransactionSync", [{ from, data: FORTY_SLOTS }], receiptSchema);
  holder = contractAddress ?? NOBODY;
  block = await chain.rpc.request("eth_getBlockByNumber", ["latest", false], blockFieldsSchema);
});
afterAll(() => chain.stop());

async function proofOf(address: Address, slots: readonly Hex[]): Promise<Hex[]> {
  const proof = await chain.rpc.request("eth_getProof", [address, slots, "latest"], proofSchema);
  return [...proof.accountProof, ...proof.storageProof.flatMap((storage) => storage.proof)];
}

test("the first header of the main network hashes to the hash that everybody knows", () => {
  const genesis = blockFieldsSchema.parse({
    hash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    parentHash: ZERO_HASH,
    sha3Uncles: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    miner: `0x${"0".repeat(40)}`,
    stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    transactionsRoot: EMPTY_TRIE,
    receiptsRoot: EMPTY_TRIE,
    logsBloom: `0x${"0".repeat(512)}`,
    difficulty: "0x400000000",
    number: "0x0",
    gasLimit: "0x1388",
    gasUsed: "0x0",
    timestamp: "0x0",
    extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    mixHash: ZERO_HASH,
    nonce: "0x0000000000000042",
  });
  expect(hashHeader(genesis)).toBe(genesis.hash);
  expect(hashHeader({ ...genesis, gasLimit: "0x1389" })).not.toBe(genesis.hash);
  expect(hashHeader(block)).toBe(block.hash);
});

test("every slot that is there, and every one that is not, is read from its proof", async () => {
  const slots = Array.from({ length: 50 }, (_, index) => word(index));
  const nodes = new TrieNodes(await proofOf(holder, slots));
  const { storageHash, nonce, balanceWei } = readAccountLeaf(block.stateRoot, holder, nodes);
  expect([nonce, balanceWei]).toEqual([1n, 0n]);
  expect(slots.map((slot) => readSlot(storageHash, slot, nodes))).toEqual(slots.map((_, index) => (index < 40 ? word(index + 1) : word(0))));
  const absent = new TrieNodes(await proofOf(NOBODY, []));
  expect(readAccountLeaf(block.stateRoot, NOBODY, absent)).toEqual({ nonce: 0n, balanceWei: 0n, storageHash: EMPTY_TRIE, codeHash: HASH_OF_NO_CODE });
});

test("a proof with a node missing, or one bit of any node turned, proves nothing", async () => {
  const slot = word(7);
  const proof = await proofOf(holder, [slot]);
  const read = (nodes: readonly Hex[]): Hex => {
    const known = new TrieNodes(nodes);
    return readSlot(readAccountLeaf(block.stateRoot, holder, known).storageHash, slot, known);
  };
  expect(read(proof)).toBe(word(8));
  expect(read([...proof, "0xc0"])).toBe(word(8));
  for (const [index, node] of proof.entries()) {
    expect(() => read(proof.toSpliced(index, 1))).toThrow(BrokenProof);
    const at = 2 + 2 * Math.floor((node.length - 2) / 4);
    const turned: Hex = `0x${node.slice(2, at)}${(Number.parseInt(node.slice(at, at + 2), 16) ^ 1).toString(16).padStart(2, "0")}${node.slice(at + 2)}`;
    expect(() => read(proof.with(index, turned))).toThrow(BrokenProof);
  }
});

test("nodes that hash rightly but are no trie nodes are refused, not followed", () => {
  // A list of three, bytes that are no RLP, a string, an extension without a path, a leaf with an unknown flag.
  for (const node of ["0xc3010203", "0xf8", "0x820102", "0xc200c0", "0xc24000"] as const) {
    expect(() => readTrie(keccak256(node) as Hex, word(1), new TrieNodes([node]))).toThrow(BrokenProof);
  }
});

test("a record is accepted as it is, and refused with any part of it changed", async () => {
  const slots = [word(3), word(45)];
  const code = await chain.rpc.code(holder);
  const state: RecordedState = {
    chainId: 31337n,
    block,
    accounts: {
      [holder]: { balanceWei: 0n, nonce: 1n, code, storage: { [word(3)]: word(4), [word(45)]: word(0) } },
      [NOBODY]: { balanceWei: 0n, nonce: 0n, code: "0x", storage: {} },
    },
    blockHashes: {},
  };
  const proof = { stateRoot: block.stateRoot, nodes: [...new Set([...(await proofOf(holder, slots)), ...(await proofOf(NOBODY, []))])] };
  expect(() => verifyRecordedState(state, proof)).not.toThrow();
  const account = { balanceWei: 0n, nonce: 1n, code, storage: { [word(3)]: word(4) } };
  const changed = (parts: Partial<typeof account>): RecordedState => ({ ...state, accounts: { [holder]: { ...account, ...parts } } });
  for (const lie of [{ balanceWei: 1n }, { nonce: 2n }, { code: "0x00ff" as const }]) {
    expect(() => verifyRecordedState(changed(lie), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS", exit: 6, details: { address: holder, slot: null } }));
  }
  expect(() => verifyRecordedState(changed({ storage: { [word(3)]: word(5) } }), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS", details: { address: holder, slot: word(3) } }));
  expect(() => verifyRecordedState(changed({ storage: { [word(20)]: word(21) } }), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS" }));
  const otherRoot = { ...state, block: { ...block, stateRoot: word(1) } };
  expect(() => verifyRecordedState(otherRoot, { ...proof, stateRoot: word(1) })).toThrow(expect.objectContaining({ code: "LPCTL_STATE_HEADER_DIFFERS", exit: 6 }));
});
