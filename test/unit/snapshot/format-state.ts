import { createHash } from "node:crypto";
import { createMerkleProof, MerklePatriciaTrie } from "@ethereumjs/mpt";
import { getAddress } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { encodeRlp, toUtf8Bytes } from "ethers/utils";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { AccountProofs } from "../../../src/snapshot/format/snapshot.ts";
import type { ContractState, ProtocolState } from "../../../src/snapshot/state.ts";
import { hashHeader, type BlockFields } from "../../../src/snapshot/trie/block-header.ts";
import { slotWordsOf, storageRootOf } from "../../../src/snapshot/trie/storage-root.ts";

/** Bytes that look like hashes, the same in every run. */
export function pseudoHash(seed: string): Hex {
  return `0x${createHash("sha256").update(seed).digest("hex")}`;
}

/** Words of a contract: some at the first slots, the rest where mappings have them. Ascending. */
export function pseudoWords(seed: string, count: number): [Hex, Hex][] {
  const slots = Array.from({ length: count }, (_, index): Hex => (index < 4 ? `0x${index.toString(16).padStart(64, "0")}` : pseudoHash(`${seed} slot ${index}`)));
  return slots.sort().map((slot, index) => [slot, index % 3 === 0 ? pseudoHash(`${seed} word ${index}`) : `0x${(index + 1).toString(16).padStart(64, "0")}`]);
}

export async function contractOf(name: string, index: number, words: [Hex, Hex][], more: Partial<ContractState> = {}): Promise<ContractState> {
  const code: Hex = `0x60${index.toString(16).padStart(2, "0")}`;
  const flat = slotWordsOf(words);
  const zeros = more.writtenZeros ?? [];
  const account = { nonce: BigInt(index + 1), balanceWei: BigInt(index) * 10n ** 18n, storageHash: await storageRootOf(flat, zeros.length === 0 ? "drop" : zeros), codeHash: keccak256(code) as Hex };
  return { address: getAddress(pseudoHash(name).slice(0, 42)) as Address, name, layoutOf: `contracts/${name}.sol:${name}`, account, code, words: flat, writtenZeros: [], ...more };
}

/** A state whose accounts are proven against the root in its header, by the trie of another library. */
export async function provenState(contracts: readonly ContractState[], more: Partial<ProtocolState> = {}): Promise<{ state: ProtocolState; proofs: AccountProofs }> {
  const trie = new MerklePatriciaTrie({ useKeyHashing: true });
  for (const { address, account } of contracts) await trie.put(bytes(address), bytes(encodeRlp([quantity(account.nonce), quantity(account.balanceWei), account.storageHash, account.codeHash])));
  // Accounts that are none of the protocol's, as any chain has.
  for (let other = 0; other < 40; other++) await trie.put(bytes(pseudoHash(`other ${other}`).slice(0, 42)), bytes(encodeRlp(["0x01", "0x02", pseudoHash("root"), pseudoHash("code")])));
  const proofs = new Map<Address, Hex[]>();
  for (const { address } of contracts) proofs.set(address, (await createMerkleProof(trie, bytes(address))).map((node): Hex => `0x${Buffer.from(node).toString("hex")}`));
  const block = headerOf(`0x${Buffer.from(trie.root()).toString("hex")}`);
  const sorted = [...contracts].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  const state: ProtocolState = { chainId: 1n, block, controller: (sorted.find(({ name }) => name === "Controller") ?? sorted[0])?.address ?? "0x", contracts: sorted, preimages: { addresses: [], words: [] }, ...more };
  return { state, proofs };
}

export function headerOf(stateRoot: Hex, number = 5_264_265n): BlockFields {
  const header: BlockFields = {
    hash: pseudoHash("no hash yet"),
    parentHash: pseudoHash("parent"),
    sha3Uncles: pseudoHash("uncles"),
    miner: "0x00000000000000000000000000000000000000aa",
    stateRoot,
    transactionsRoot: pseudoHash("transactions"),
    receiptsRoot: pseudoHash("receipts"),
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty: "0x1",
    number: `0x${number.toString(16)}`,
    gasLimit: "0x1c9c380",
    gasUsed: "0x0",
    timestamp: "0x5aa94040",
    extraData: "0x",
    mixHash: pseudoHash("mix"),
    nonce: "0x0000000000000042",
  };
  return { ...header, hash: hashHeader(header) };
}

/** Three contracts of 5, 1 and 60 words, with what each kind of record of the identity is made of. */
export async function smallState(): Promise<{ state: ProtocolState; proofs: AccountProofs }> {
  const contracts = [
    await contractOf("BondingManager", 1, pseudoWords("bonding", 60)),
    await contractOf("Controller", 2, pseudoWords("controller", 5), { writtenZeros: [pseudoHash("zero")] }),
    await contractOf("Minter", 3, pseudoWords("minter", 1), { layoutOf: undefined }),
  ];
  const addresses = ["a", "b", "c"].map((seed) => getAddress(pseudoHash(seed).slice(0, 42)) as Address).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const together: Hex[] = ["p", "q"].map((seed): Hex => `0x${pseudoHash(seed).slice(2)}${pseudoHash("role").slice(2)}`).sort();
  const accounts = addresses.slice(1).map((address) => ({ address, codeHash: pseudoHash(address) }));
  return provenState(contracts, { preimages: { addresses, words: [pseudoHash("role")], together, contracts: accounts } });
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}

function quantity(value: bigint): string {
  if (value === 0n) return "0x";
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? "" : "0"}${digits}`;
}

/** What a Controller has under the name of a contract. */
export function registryWord(name: string, address: Address): [Hex, Hex] {
  return [keccak256(`${keccak256(toUtf8Bytes(name))}${"1".padStart(64, "0")}`) as Hex, `0x${address.slice(2).toLowerCase().padStart(64, "0")}`];
}
