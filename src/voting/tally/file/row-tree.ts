import { canonicalHash } from "../../../proposal/canonical.ts";
import type { Hex } from "../../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../../protocol/keccak-into.ts";
import { buildHashTree } from "../../../protocol/merkle/hash-tree.ts";
import { LeafList } from "../../../protocol/merkle/leaf-list.ts";
import { parseProof, rootOfProof } from "../../../protocol/merkle/proof.ts";
import { toHex, WORD } from "../../../protocol/merkle/words.ts";
import { wordOfAddress, wordOfNumber } from "../../../chain/hand-codec.ts";
import type { TallyRow } from "../tally-result.ts";
import type { Choice, RuleSetId } from "../../vote.ts";

/**
 * A Merkle tree over the rows of a tally, in their order: a row cannot be left out, added, changed or moved without another
 * root. A leaf is the double hash of nine words, of which the first binds it to this tally and the second to its place, so
 * that neither a leaf of another tally nor a node can pass for it. Pairs are hashed the smaller first, as OpenZeppelin's
 * MerkleProof does; a node without a sibling moves up.
 */

/** What a tree is of. */
export interface RowDomain {
  chainId: bigint;
  genesisHash: Hex;
  /** A poll's address or a governor and its vote's id. */
  vote: string;
  blockHash: Hex;
  rules: RuleSetId;
}

export interface RowTree {
  root: Hex;
  /** From the leaf upwards. */
  proofOf: (index: number) => Hex[];
}

const CHOICE_WORD: Readonly<Record<Choice, bigint>> = { against: 0n, for: 1n, abstain: 2n };
const TWO_256 = 1n << 256n;

export async function buildRowTree(domain: RowDomain, rows: readonly TallyRow[]): Promise<RowTree> {
  const bound = canonicalHash(domain);
  // A vote that nobody took part in has a root as well: that of what it was about.
  if (rows.length === 0) return { root: bound, proofOf: () => [] };
  const keccak = await createKeccakInto();
  const leaves = new LeafList();
  for (const [index, row] of rows.entries()) leaves.add((target, at) => hashLeaf(keccak, bound, index, row, target, at));
  const { root, siblingsOf } = buildHashTree(keccak, leaves, { shape: "layered", order: "given" });
  return { root, proofOf: (index) => siblingsOf(index).map(toHex) };
}

/** Whether a row is in the tally with this root. Never throws for bad bytes. */
export async function verifyRowProof(domain: RowDomain, { row, index, proof, root }: { row: TallyRow; index: number; proof: readonly Hex[]; root: Hex }): Promise<boolean> {
  const siblings = parseProof(proof);
  if (siblings === undefined) return false;
  const leaf = new Uint8Array(WORD);
  hashLeaf(await createKeccakInto(), canonicalHash(domain), index, row, leaf, 0);
  return (await rootOfProof(leaf, siblings)) === root;
}

function hashLeaf(keccak: KeccakInto, bound: Hex, index: number, row: TallyRow, target: Uint8Array, at: number): void {
  const words = [
    bound.slice(2),
    wordOfNumber(BigInt(index)),
    wordOfAddress(row.voter),
    wordOfAddress(row.delegate),
    wordOfNumber(row.weightWei),
    wordOfNumber(row.deductionWei),
    wordOfNumber(((row.effectiveWei % TWO_256) + TWO_256) % TWO_256),
    wordOfNumber(CHOICE_WORD[row.choice]),
    row.transaction.slice(2),
  ];
  const encoded = Buffer.from(words.join(""), "hex");
  keccak.hash(encoded, 0, encoded.length, target, at);
  keccak.hash(target, at, WORD, target, at);
}
