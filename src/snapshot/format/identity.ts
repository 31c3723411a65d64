import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import { buildHashTree, type HashTree } from "../../protocol/merkle/hash-tree.ts";
import { LeafList } from "../../protocol/merkle/leaf-list.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { ContractState, ProtocolState } from "../state.ts";
import { bytesOf } from "./hex-bytes.ts";
import { SNAPSHOT_SCHEMA } from "./manifest.ts";

/**
 * The identity of a snapshot: a Merkle root over one record for each fact in it. Two snapshots with the same identity say
 * the same of the same block, whatever program wrote their files.
 *
 * Records, all numbers big-endian, `‖` between bytes:
 *
 *     00 ‖ "lpctl-snapshot/1" ‖ chainId[32] ‖ blockHash[32] ‖ controller[20]                 one
 *     01 ‖ address[20] ‖ nonce[32] ‖ balanceWei[32] ‖ storageHash[32] ‖ codeHash[32]
 *        ‖ keccak(name)[32] ‖ keccak(layoutOf)[32]                                           one for each contract
 *     02 ‖ address[20] ‖ slot[32] ‖ word[32]                                                 one for each word, none zero
 *     03 ‖ address[20] ‖ slot[32]                                                            one for each written zero
 *     04 ‖ address[20]                                                                       one for each address among the preimages
 *     05 ‖ word[32]                                                                          one for each word among the preimages
 *     06 ‖ outer[32] ‖ inner[32]                                                             one for each pair of keys that belong together
 *     07 ‖ address[20] ‖ codeHash[32]                                                        one for each contract among the accounts
 *
 * Texts are UTF-8; where no layout is known, `layoutOf` is the empty text. A leaf is the keccak-256 of a record. Leaves are
 * sorted by their bytes; the tree is the complete binary one of OpenZeppelin's merkle-tree, the two of a pair sorted before
 * they are hashed (`SimpleMerkleTree.of(leaves).root`). As no record has 64 bytes, no inner node can be taken for a leaf.
 *
 * The header is in it by its hash, the account proofs are not: they prove themselves against that hash.
 */
export async function identityOf(state: ProtocolState): Promise<Hex> {
  return (await buildIdentityTree(state)).root;
}

/** The whole tree, for proofs of single records. Takes 120 bytes for each record while it is built, 72 of which stay. */
async function buildIdentityTree(state: ProtocolState): Promise<HashTree> {
  const keccak = await createKeccakInto();
  const leaves = new LeafList();
  const record = new Uint8Array(LONGEST_RECORD);
  const add = (length: number): void => leaves.add((target, at) => keccak.hash(record, 0, length, target, at));

  add(fill(record, 0, [ascii(`lpctl-snapshot/${SNAPSHOT_SCHEMA}`), number32(state.chainId), bytesOf(state.block.hash), bytesOf(state.controller)]));
  for (const contract of state.contracts) {
    add(fill(record, 1, contractFields(keccak, contract)));
    addWords(contract, record, add);
    record[0] = 3;
    for (const slot of contract.writtenZeros) {
      record.set(bytesOf(slot), 21);
      add(53);
    }
  }
  for (const address of state.preimages.addresses) add(fill(record, 4, [bytesOf(address)]));
  for (const word of state.preimages.words) add(fill(record, 5, [bytesOf(word)]));
  for (const pair of state.preimages.together ?? []) add(fill(record, 6, [bytesOf(pair)]));
  for (const { address, codeHash } of state.preimages.contracts ?? []) add(fill(record, 7, [bytesOf(address), bytesOf(codeHash)]));
  return buildHashTree(keccak, leaves, { shape: "complete", order: "sorted" });
}

/** The longest is that of a contract. */
const LONGEST_RECORD = 1 + 20 + 6 * 32;

function contractFields(keccak: KeccakInto, { address, account, name, layoutOf }: ContractState): Uint8Array[] {
  const hashOf = (text: string): Uint8Array => {
    const [bytes, hash] = [Buffer.from(text, "utf8"), new Uint8Array(32)];
    keccak.hash(bytes, 0, bytes.length, hash, 0);
    return hash;
  };
  return [bytesOf(address), number32(account.nonce), number32(account.balanceWei), bytesOf(account.storageHash), bytesOf(account.codeHash), hashOf(name), hashOf(layoutOf ?? "")];
}

function addWords({ address, words }: ContractState, record: Uint8Array, add: (length: number) => void): void {
  fill(record, 2, [bytesOf(address)]);
  const { slots, values, count } = words;
  for (let index = 0; index < count; index++) {
    for (let byte = 0; byte < 32; byte++) {
      record[21 + byte] = slots[index * 32 + byte] ?? 0;
      record[53 + byte] = values[index * 32 + byte] ?? 0;
    }
    add(85);
  }
}

/** Writes a record and gives its length. */
function fill(record: Uint8Array, kind: number, parts: readonly Uint8Array[]): number {
  record[0] = kind;
  let at = 1;
  for (const part of parts) {
    record.set(part, at);
    at += part.length;
  }
  return at;
}

function number32(value: bigint): Uint8Array {
  return bytesOf(`0x${value.toString(16).padStart(64, "0")}`);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, "ascii");
}
