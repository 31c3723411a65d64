import { decodeRlp } from "ethers/utils";
import { HASH_OF_NO_CODE, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { BrokenProof, EMPTY_TRIE, readTrie, TrieNodes } from "./trie-proof.ts";

/** An account as the state trie holds it (Yellow Paper 4.1). */
export interface AccountState {
  nonce: bigint;
  balanceWei: bigint;
  /** Root of the account's storage trie. */
  storageHash: Hex;
  codeHash: Hex;
}

const NO_ACCOUNT: AccountState = { nonce: 0n, balanceWei: 0n, storageHash: EMPTY_TRIE, codeHash: HASH_OF_NO_CODE };

/**
 * What `accountProof` of `eth_getProof` (EIP-1186) proves of an account.
 * @param proof the nodes, in any order; others among them do no harm
 * @returns undefined when it proves that there is no such account
 * @throws BrokenProof when it proves neither
 */
export function verifyAccountProof(stateRoot: Hex, address: Address, proof: readonly Hex[]): AccountState | undefined {
  return findAccount(stateRoot, address, new TrieNodes(proof));
}

/**
 * What one `storageProof[n].proof` of `eth_getProof` (EIP-1186) proves of a slot: its word, 32 bytes; zero when it is not there.
 * @param proof the nodes, in any order; others among them do no harm
 * @throws BrokenProof when it proves nothing
 */
export function verifyStorageProof(storageHash: Hex, slot: Hex, proof: readonly Hex[]): Hex {
  return readSlot(storageHash, slot, new TrieNodes(proof));
}

/** An account out of nodes that prove many; one that is not there has nothing. @throws BrokenProof */
export function readAccountLeaf(stateRoot: Hex, address: Address, nodes: TrieNodes, used?: Set<Hex>): AccountState {
  return findAccount(stateRoot, address, nodes, used) ?? NO_ACCOUNT;
}

/** A 32-byte word out of nodes that prove many; zero where the storage trie has nothing. @throws BrokenProof */
export function readSlot(storageHash: Hex, slot: Hex, nodes: TrieNodes, used?: Set<Hex>): Hex {
  const leaf = readTrie(storageHash, slot, nodes, used);
  if (leaf === undefined) return ZERO_HASH;
  const word: unknown = decode(leaf);
  if (typeof word !== "string" || word.length > 66) throw new BrokenProof("a slot holds no word");
  return `0x${word.slice(2).padStart(64, "0")}`;
}

function findAccount(stateRoot: Hex, address: Address, nodes: TrieNodes, used?: Set<Hex>): AccountState | undefined {
  const leaf = readTrie(stateRoot, address, nodes, used);
  if (leaf === undefined) return undefined;
  const fields: unknown = decode(leaf);
  const [nonce, balance, storageHash, codeHash] = Array.isArray(fields) ? (fields as unknown[]) : [];
  if (typeof nonce !== "string" || typeof balance !== "string" || typeof storageHash !== "string" || typeof codeHash !== "string") {
    throw new BrokenProof("the leaf of an account has no four fields");
  }
  return { nonce: toBigInt(nonce), balanceWei: toBigInt(balance), storageHash: storageHash as Hex, codeHash: codeHash as Hex };
}

function decode(rlp: Hex): unknown {
  try {
    return decodeRlp(rlp);
  } catch (cause) {
    throw new BrokenProof("a leaf is no RLP", { cause });
  }
}

function toBigInt(bytes: string): bigint {
  return bytes === "0x" ? 0n : BigInt(bytes);
}
