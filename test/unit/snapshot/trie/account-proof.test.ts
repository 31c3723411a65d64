import { keccak256 } from "ethers/crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../../../src/chain/anvil.ts";
import { receiptSchema } from "../../../../src/chain/rpc-schemas.ts";
import { HASH_OF_NO_CODE, hexSchema, ZERO_HASH, type Address, type Hex } from "../../../../src/protocol/hex.ts";
import { readAccountLeaf, readSlot, verifyAccountProof, verifyStorageProof } from "../../../../src/snapshot/trie/account-proof.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../../../../src/snapshot/trie/block-header.ts";
import { slotWordsOf, storageRootOf } from "../../../../src/snapshot/trie/storage-root.ts";
import { BrokenProof, EMPTY_TRIE, readTrie, TrieNodes } from "../../../../src/snapshot/trie/trie-proof.ts";

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const NOBODY: Address = "0x00000000000000000000000000000000000000Aa";
/** Its constructor writes 40 slots: slot n holds n + 1. */
const FORTY_SLOTS = "0x60005b806001018155600101806028116002575060016000f3";

const proofSchema = z.object({ accountProof: z.array(hexSchema), storageProof: z.array(z.object({ proof: z.array(hexSchema) })) });
type Proof = z.infer<typeof proofSchema>;

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

function getProof(address: Address, slots: readonly Hex[]): Promise<Proof> {
  return chain.rpc.request("eth_getProof", [address, slots, "latest"], proofSchema);
}

async function proofOf(address: Address, slots: readonly Hex[]): Promise<Hex[]> {
  const { accountProof, storageProof } = await getProof(address, slots);
  return [...accountProof, ...storageProof.flatMap(({ proof }) => proof)];
}

test("from the hash of a block to its header, an account, its words one by one, and all of them", async () => {
  expect(hashHeader(block)).toBe(block.hash);
  const { accountProof, storageProof } = await getProof(holder, [word(7), word(60)]);
  const account = verifyAccountProof(block.stateRoot, holder, accountProof);
  expect(account).toMatchObject({ nonce: 1n, balanceWei: 0n, codeHash: keccak256(await chain.rpc.code(holder)) });
  const storageHash = account?.storageHash ?? ZERO_HASH;
  expect(storageProof.map(({ proof }, index) => verifyStorageProof(storageHash, word(index === 0 ? 7 : 60), proof))).toEqual([word(8), ZERO_HASH]);
  expect(await storageRootOf(slotWordsOf(Array.from({ length: 40 }, (_, index): [Hex, Hex] => [word(index), word(index + 1)])))).toBe(storageHash);
  const absent = await getProof(NOBODY, []);
  expect(verifyAccountProof(block.stateRoot, NOBODY, absent.accountProof)).toBeUndefined();
});

test("a proof of another place, of another block or of nothing proves nothing", async () => {
  const { accountProof, storageProof } = await getProof(holder, [word(7)]);
  const { storageHash } = verifyAccountProof(block.stateRoot, holder, accountProof) ?? { storageHash: ZERO_HASH };
  expect(() => verifyAccountProof(word(1), holder, accountProof)).toThrow(BrokenProof);
  expect(() => verifyAccountProof(block.stateRoot, holder, [])).toThrow(BrokenProof);
  expect(() => verifyAccountProof(block.stateRoot, holder, storageProof[0]?.proof ?? [])).toThrow(BrokenProof);
  expect(() => verifyStorageProof(storageHash, word(7), [])).toThrow(BrokenProof);
  expect(() => verifyStorageProof(storageHash, word(8), storageProof[0]?.proof ?? [])).toThrow(BrokenProof);
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
