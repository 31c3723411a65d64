import type { Hex } from "../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import { buildHashTree, type HashTree } from "../../protocol/merkle/hash-tree.ts";
import { LeafList } from "../../protocol/merkle/leaf-list.ts";
import { parseProof, rootOfProof } from "../../protocol/merkle/proof.ts";
import { toHex, WORD } from "../../protocol/merkle/words.ts";
import { AccountIndex } from "./account-index.ts";
import type { LeafFormat } from "./leaf-format.ts";
import { noRows, rowInvalid } from "./merkle-errors.ts";
import { Message, ValueFault } from "./message.ts";

export interface LeafTree<Row> {
  format: LeafFormat<Row>;
  root: Hex;
  /** Rows that it was built from. */
  rowCount: number;
  /** Leaves that it has: fewer where equal leaves are there once. */
  leafCount: number;
  /**
   * Siblings of a row's leaf from the leaf up, as contracts take them (`bytes32[]`).
   * @param row its place in the list, from 0
   * @throws RangeError for a row that there is not
   */
  proofAt(row: number): Hex[];
  /** Rows of an account, ascending. Empty for formats whose rows belong to nobody. */
  rowsOf(account: Hex): number[];
  /** The nodes as they lie in memory. */
  hashes: HashTree;
}

/**
 * Builds the tree of rows as they come; none of them is kept. 64 bytes stay for each row, 8 for its place, 20 for its
 * account.
 * @throws LPCTL_MERKLE_ROW_INVALID naming the row
 * @throws LPCTL_MERKLE_EMPTY
 */
export async function buildLeafTree<Row>(format: LeafFormat<Row>, rows: Iterable<Row> | AsyncIterable<Row>): Promise<LeafTree<Row>> {
  const keccak = await createKeccakInto();
  const message = new Message(format.length);
  const leaves = new LeafList();
  const accounts = new AccountIndex();
  const add = (row: Row): void => {
    writeMessage(format, message, row, leaves.count);
    leaves.add((target, at) => hashMessage(keccak, format, message, target, at));
    if (format.accountAt !== undefined) accounts.add(message.bytes, format.accountAt);
  };
  // Waiting for each of a million rows that are there already would take as long as to hash them.
  if (Symbol.iterator in rows) for (const row of rows) add(row);
  else for await (const row of rows) add(row);
  const rowCount = leaves.count;
  if (rowCount === 0) throw noRows(format.name);
  const hashes = buildHashTree(keccak, leaves, format.rules);
  return {
    format,
    root: hashes.root,
    rowCount,
    leafCount: hashes.leafCount,
    proofAt: (row) => {
      const rank = hashes.ranks[row];
      if (rank === undefined) throw new RangeError(`there is no row ${row}`);
      return hashes.siblingsOf(rank).map(toHex);
    },
    rowsOf: (account) => accounts.rowsOf(account),
    hashes,
  };
}

/** What is claimed to be in a tree. */
export interface LeafClaim<Row> {
  row: Row;
  /** Place of the row in its list; only leaves that hold it depend on it. */
  index: number;
  /** `bytes32[]`, or the same words one after the other. */
  proof: string | readonly string[];
  root: Hex;
}

/**
 * Whether a row is in the tree of a root, by the rule of OpenZeppelin's MerkleProof. Never throws for a bad proof.
 * @throws LPCTL_MERKLE_ROW_INVALID for a row that cannot be in any
 */
export async function verifyLeaf<Row>(format: LeafFormat<Row>, { row, index, proof, root }: LeafClaim<Row>): Promise<boolean> {
  const siblings = parseProof(proof);
  const leaf = await leafOf(format, row, index);
  return siblings !== undefined && (await rootOfProof(leaf, siblings)) === root.toLowerCase();
}

/**
 * The leaf of one row, 32 bytes.
 * @throws LPCTL_MERKLE_ROW_INVALID
 */
export async function leafOf<Row>(format: LeafFormat<Row>, row: Row, index: number): Promise<Uint8Array> {
  const message = new Message(format.length);
  writeMessage(format, message, row, index);
  const leaf = new Uint8Array(WORD);
  hashMessage(await createKeccakInto(), format, message, leaf, 0);
  return leaf;
}

function writeMessage<Row>(format: LeafFormat<Row>, message: Message, row: Row, index: number): void {
  try {
    format.write(message, row, index);
  } catch (fault) {
    throw fault instanceof ValueFault ? rowInvalid(index, format.name, fault.message) : fault;
  }
}

function hashMessage<Row>(keccak: KeccakInto, format: LeafFormat<Row>, message: Message, target: Uint8Array, at: number): void {
  keccak.hash(message.bytes, 0, format.length, target, at);
  if (format.hashed === "twice") keccak.hash(target, at, WORD, target, at);
}
