import { canonicalHash } from "../../../proposal/canonical.ts";
import type { Hex } from "../../../protocol/hex.ts";
import { wordOfAddress, wordOfNumber } from "../hand-codec.ts";
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

type Keccak = (bytes: Uint8Array) => Uint8Array;

const CHOICE_WORD: Readonly<Record<Choice, bigint>> = { against: 0n, for: 1n, abstain: 2n };
const TWO_256 = 1n << 256n;

export async function loadKeccak(): Promise<Keccak> {
  const { createKeccak } = await import("hash-wasm");
  const hasher = await createKeccak(256);
  return (bytes) => hasher.init().update(bytes).digest("binary");
}

export async function buildRowTree(domain: RowDomain, rows: readonly TallyRow[]): Promise<RowTree> {
  const keccak = await loadKeccak();
  const bound = canonicalHash(domain);
  const layers: Uint8Array[][] = [rows.map((row, index) => leafOf(keccak, bound, index, row))];
  for (let layer = layers[0] ?? []; layer.length > 1; layer = layers.at(-1) ?? []) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < layer.length; index += 2) {
      const [left, right] = [layer[index], layer[index + 1]];
      if (left !== undefined) above.push(right === undefined ? left : hashPair(keccak, left, right));
    }
    layers.push(above);
  }
  const [top] = layers.at(-1) ?? [];
  return {
    // A vote that nobody took part in has a root as well: that of what it was about.
    root: top === undefined ? bound : toHex(top),
    proofOf: (index) =>
      layers.slice(0, -1).flatMap((layer, depth) => {
        const sibling = layer[(index >> depth) ^ 1];
        return sibling === undefined ? [] : [toHex(sibling)];
      }),
  };
}

/** Whether a row is in the tally with this root. Never throws for bad bytes. */
export async function verifyRowProof(domain: RowDomain, { row, index, proof, root }: { row: TallyRow; index: number; proof: readonly Hex[]; root: Hex }): Promise<boolean> {
  const keccak = await loadKeccak();
  const top = proof.reduce<Uint8Array>((node, sibling) => hashPair(keccak, node, toBytes(sibling)), leafOf(keccak, canonicalHash(domain), index, row));
  return toHex(top) === root;
}

function leafOf(keccak: Keccak, bound: Hex, index: number, row: TallyRow): Uint8Array {
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
  return keccak(keccak(Buffer.from(words.join(""), "hex")));
}

function hashPair(keccak: Keccak, left: Uint8Array, right: Uint8Array): Uint8Array {
  return keccak(Buffer.compare(left, right) <= 0 ? Buffer.concat([left, right]) : Buffer.concat([right, left]));
}

function toBytes(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}

function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
