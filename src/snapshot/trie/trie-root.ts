import type { KeccakInto } from "../../protocol/keccak-into.ts";
import type { Hex } from "../../protocol/hex.ts";
import { EMPTY_TRIE } from "./trie-proof.ts";

const WORD = 32;
/** A key has 64 digits, so there are no more branches above a leaf than that. */
const DIGITS = 64;
/** The longest head of an RLP list here. Heads are written in front of what they are about, once its length is known. */
const HEAD = 3;
/** Sixteen children of 33 bytes, no value, and the head. */
const BRANCH = HEAD + 16 * 33 + 1;
/** A path of 34 bytes, a word of 35 and the head. */
const LEAF = HEAD + 72;

/**
 * Root of a Merkle-Patricia trie (Yellow Paper, appendix D) over words in the order of their hashed slots, in one pass.
 *
 * Only the branches above the last leaf are open, as bytes that grow child by child: 35 kB, however many leaves there are.
 * A leaf is written when the next one tells at which depth the two part; the branches below that depth are then complete.
 */
export class TrieRoot {
  readonly #keccak: KeccakInto;
  /** Depth of what is above: a branch of a larger trie, or -1 when this is all of it. */
  readonly #above: number;
  /** One branch for each depth: its head, and its children as far as they are known. */
  readonly #branches = new Uint8Array(DIGITS * BRANCH);
  /** Where the next child of a branch is written. */
  readonly #ends = new Uint32Array(DIGITS);
  /** The digit of the next child of a branch. */
  readonly #digits = new Uint8Array(DIGITS);
  /** Depths of the open branches, from the root down. */
  readonly #open = new Int8Array(DIGITS);
  #openCount = 0;
  /** The leaf that waits for the next one. */
  readonly #key = new Uint8Array(WORD);
  readonly #word = new Uint8Array(WORD);
  #waits = false;
  /** Digits that the waiting leaf shares with the one before it; those that all share when there is none. */
  #sharedBefore: number;
  readonly #node = new Uint8Array(LEAF);
  readonly #root = new Uint8Array(WORD);

  /** @param depth digits that all keys share and that lead to this part of a larger trie; `end` then gives the hash of its first node */
  constructor(keccak: KeccakInto, depth = 0) {
    this.#keccak = keccak;
    this.#above = depth - 1;
    this.#sharedBefore = depth - 1;
  }

  /**
   * Adds 32 bytes of `words` from `wordAt` under the hashed slot in `keys` from `keyAt`. A word that is zero becomes a leaf too.
   * @throws RangeError when the hashed slot does not come after the one before
   */
  add(keys: Uint8Array, keyAt: number, words: Uint8Array, wordAt: number): void {
    if (this.#waits) {
      const shared = this.#sharedDigits(keys, keyAt);
      this.#place(shared);
      this.#sharedBefore = shared;
    }
    for (let byte = 0; byte < WORD; byte++) {
      this.#key[byte] = keys[keyAt + byte] ?? 0;
      this.#word[byte] = words[wordAt + byte] ?? 0;
    }
    this.#waits = true;
  }

  /** The root of all that was added; nothing can be added after. */
  end(): Hex {
    if (!this.#waits) return EMPTY_TRIE;
    this.#place(this.#above);
    return `0x${Buffer.from(this.#root).toString("hex")}`;
  }

  /** In how many digits the waiting leaf and the next one agree. */
  #sharedDigits(keys: Uint8Array, keyAt: number): number {
    for (let byte = 0; byte < WORD; byte++) {
      const [before, after] = [this.#key[byte] ?? 0, keys[keyAt + byte] ?? 0];
      if (before === after) continue;
      if (before > after) throw new RangeError("slots are not in the order of their hashes");
      return 2 * byte + (before >> 4 === after >> 4 ? 1 : 0);
    }
    throw new RangeError("a slot is there twice");
  }

  /** Puts the waiting leaf where it belongs, and every branch that no later leaf is below. */
  #place(sharedAfter: number): void {
    const depth = Math.max(this.#sharedBefore, sharedAfter);
    if (sharedAfter > this.#sharedBefore) this.#openBranch(sharedAfter);
    this.#writeLeaf(depth);
    while (this.#openCount > 0 && this.#last() > sharedAfter) {
      const branch = this.#last();
      this.#openCount--;
      const above = Math.max(this.#last(), sharedAfter);
      if (above > this.#last()) this.#openBranch(above);
      this.#writeBranch(branch, above);
    }
  }

  /** Depth of the lowest open branch; that of what is above when none is open. */
  #last(): number {
    return this.#openCount === 0 ? this.#above : (this.#open[this.#openCount - 1] ?? -1);
  }

  #openBranch(depth: number): void {
    this.#open[this.#openCount++] = depth;
    this.#ends[depth] = depth * BRANCH + HEAD;
    this.#digits[depth] = 0;
  }

  /** RLP of the path below the branch at `depth`, and of the RLP of the word without leading zeros. */
  #writeLeaf(depth: number): void {
    const node = this.#node;
    let end = this.#writePath(depth + 1, DIGITS, 2);
    let first = 0;
    while (first < WORD && this.#word[first] === 0) first++;
    const length = WORD - first;
    const isOneByte = length === 1 && (this.#word[first] ?? 0) < 0x80;
    if (!isOneByte) {
      node[end++] = 0x80 + length + 1;
      node[end++] = 0x80 + length;
    }
    for (let byte = first; byte < WORD; byte++) node[end++] = this.#word[byte] ?? 0;
    this.#hang(depth, node, writeHead(node, HEAD, end), end);
  }

  /** Completes a branch, and hangs it below the one above: in an extension, where digits are between them. */
  #writeBranch(depth: number, above: number): void {
    const branches = this.#branches;
    let end = this.#ends[depth] ?? 0;
    // The children that are not there, and the value that no branch has, as all keys are of one length.
    for (let digit = this.#digits[depth] ?? 0; digit <= 16; digit++) branches[end++] = 0x80;
    const start = writeHead(branches, depth * BRANCH + HEAD, end);
    if (depth === above + 1) {
      this.#hang(above, branches, start, end);
      return;
    }
    const node = this.#node;
    const at = this.#writePath(above + 1, depth, 0);
    const extensionEnd = at + this.#writeReference(branches, start, end, node, at);
    this.#hang(above, node, writeHead(node, HEAD, extensionEnd), extensionEnd);
  }

  /** A node becomes the next child of the branch at `depth`, or the root when there is none. */
  #hang(depth: number, node: Uint8Array, start: number, end: number): void {
    if (depth === this.#above) {
      this.#keccak.hash(node, start, end - start, this.#root, 0);
      return;
    }
    const digit = this.#digitOf(depth);
    let at = this.#ends[depth] ?? 0;
    for (let absent = this.#digits[depth] ?? 0; absent < digit; absent++) this.#branches[at++] = 0x80;
    this.#ends[depth] = at + this.#writeReference(node, start, end, this.#branches, at);
    this.#digits[depth] = digit + 1;
  }

  /** A node within another: itself when it is shorter than a hash, else its hash. Gives the length of it. */
  #writeReference(node: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    const length = end - start;
    if (length < WORD) {
      for (let byte = 0; byte < length; byte++) target[at + byte] = node[start + byte] ?? 0;
      return length;
    }
    target[at] = 0x80 + WORD;
    this.#keccak.hash(node, start, length, target, at + 1);
    return WORD + 1;
  }

  /** RLP of the digits of the key from `first` to `end`, with a first digit that tells leaf from extension and odd from even. Gives where it ends. */
  #writePath(first: number, end: number, flag: number): number {
    const node = this.#node;
    const isOdd = (end - first) % 2 === 1;
    const length = 1 + ((end - first) >> 1);
    let at = HEAD;
    if (length > 1) node[at++] = 0x80 + length;
    let digit = first;
    node[at++] = isOdd ? ((flag + 1) << 4) | this.#digitOf(digit++) : flag << 4;
    for (; digit < end; digit += 2) node[at++] = (this.#digitOf(digit) << 4) | this.#digitOf(digit + 1);
    return at;
  }

  #digitOf(depth: number): number {
    const byte = this.#key[depth >> 1] ?? 0;
    return depth % 2 === 0 ? byte >> 4 : byte & 15;
  }
}

/** Writes the head of an RLP list in front of its items, which are from `start` to `end`. Gives where the head begins. */
function writeHead(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 56) {
    bytes[start - 1] = 0xc0 + length;
    return start - 1;
  }
  bytes[start - 1] = length & 0xff;
  if (length < 256) {
    bytes[start - 2] = 0xf8;
    return start - 2;
  }
  bytes[start - 2] = length >> 8;
  bytes[start - 3] = 0xf9;
  return start - 3;
}
