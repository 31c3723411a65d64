import { keccak256 } from "ethers/crypto";
import { decodeRlp } from "ethers/utils";
import type { Hex } from "../../protocol/hex.ts";

/**
 * Reads a Merkle-Patricia trie (Yellow Paper, appendix D) of which only the nodes on the way to some keys are known.
 * Written here because the libraries that do it bring a database, their own hashes and a whole EVM along, for what is
 * one walk from the root; RLP and keccak are ethers'. Pure.
 */

/** Trie nodes by their hash. What an RPC calls a proof is a list of nodes; the same upper nodes are in all of them. */
export class TrieNodes {
  readonly #byHash = new Map<Hex, { bytes: Hex; items?: readonly Item[] }>();
  readonly #known = new Set<Hex>();

  constructor(nodes: Iterable<Hex> = []) {
    this.add(nodes);
  }

  add(nodes: Iterable<Hex>): void {
    for (const node of nodes) {
      if (this.#known.has(node)) continue;
      this.#known.add(node);
      this.#byHash.set(hashBytes(node), { bytes: node });
    }
  }

  has(hash: Hex): boolean {
    return this.#byHash.has(hash);
  }

  /** The node as it was given, and what it holds. @throws BrokenProof */
  get(hash: Hex): { bytes: Hex; items: readonly Item[] } {
    const node = this.#byHash.get(hash);
    if (node === undefined) throw new BrokenProof(`the node with hash ${hash} is missing`);
    node.items ??= decodeNode(node.bytes);
    return { bytes: node.bytes, items: node.items };
  }
}

/** keccak-256. Handing over bytes spares ethers its own reading of hex, which takes longer than the hash. */
export function hashBytes(bytes: Hex): Hex {
  return keccak256(toBytes(bytes)) as Hex;
}

/** The nodes do not prove anything about the key: one is missing, or is no trie node. */
export class BrokenProof extends Error {}

/** Root of a trie without entries: keccak-256 of the RLP of nothing. */
export const EMPTY_TRIE: Hex = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

const EMPTY = "0x";

type Item = string | readonly Item[];

/**
 * What the trie with this root holds under `keccak256(key)`, as RLP; undefined when the nodes prove that it holds nothing.
 * @param used collects every node on the way: together they are the proof
 * @throws BrokenProof
 */
export function readTrie(root: Hex, key: Hex, nodes: TrieNodes, used?: Set<Hex>): Hex | undefined {
  if (root === EMPTY_TRIE) return undefined;
  let path = hashBytes(key).slice(2);
  let node = fetchNode(root, nodes, used);
  for (;;) {
    if (node.length === 17) {
      if (path === "") throw new BrokenProof("the key ends inside the trie");
      const child = node[Number.parseInt(path.slice(0, 1), 16)];
      path = path.slice(1);
      if (child === EMPTY) return undefined;
      node = resolve(child, nodes, used);
      continue;
    }
    const [encoded, value] = node;
    if (node.length !== 2 || typeof encoded !== "string" || encoded.length < 4) throw new BrokenProof("a node is neither a branch nor an extension nor a leaf");
    const flag = Number.parseInt(encoded.slice(2, 3), 16);
    if (flag > 3) throw new BrokenProof("the path in a node has an unknown flag");
    const part = encoded.slice(flag % 2 === 1 ? 3 : 4);
    if (flag >= 2) {
      if (part !== path) return undefined;
      if (typeof value !== "string") throw new BrokenProof("a leaf holds a list");
      return value as Hex;
    }
    if (part === "" || !path.startsWith(part)) {
      if (part === "") throw new BrokenProof("an extension leads nowhere");
      return undefined;
    }
    path = path.slice(part.length);
    node = resolve(value, nodes, used);
  }
}

/** A child is named by its hash, or stands there itself when it is shorter than a hash. */
function resolve(child: Item | undefined, nodes: TrieNodes, used: Set<Hex> | undefined): readonly Item[] {
  if (Array.isArray(child)) return child as readonly Item[];
  if (typeof child !== "string" || child.length !== 66) throw new BrokenProof("a node names no other node");
  return fetchNode(child as Hex, nodes, used);
}

function fetchNode(hash: Hex, nodes: TrieNodes, used: Set<Hex> | undefined): readonly Item[] {
  const { bytes, items } = nodes.get(hash);
  used?.add(bytes);
  return items;
}

function decodeNode(bytes: Hex): readonly Item[] {
  let decoded: Item;
  try {
    decoded = decodeRlp(toBytes(bytes)) as Item;
  } catch (cause) {
    throw new BrokenProof("a node is no RLP", { cause });
  }
  if (!Array.isArray(decoded)) throw new BrokenProof("a node is no list");
  return decoded as readonly Item[];
}

function toBytes(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}
