import type { Hex } from "../protocol/hex.ts";
import type { SlotWords } from "../snapshot/trie/storage-root.ts";

const WORD = 32;
/** EIP-3860. */
const MOST_INIT_BYTES = 49_152;
/** 22,100 gas for each word, below the cap of EIP-7825 with room for the code. */
const MOST_WORDS = 500;
/** Length of the loop. */
const PROLOGUE_BYTES = 53;

/** How many words fit beside code of this length. */
export function mostInitWords(code: Hex): number {
  return Math.max(0, Math.min(MOST_WORDS, Math.floor((MOST_INIT_BYTES - PROLOGUE_BYTES - (code.length - 2) / 2) / (2 * WORD))));
}

/**
 * Creation code of a contract that begins with given words and has exactly this code: for contracts without a proxy, whose
 * constructor cannot say all that they are. It is this loop, then the code, then the records of slot and word:
 *
 *     for (at = start of records; at < end; at += 64) sstore(mload(at), mload(at + 32));  return code
 * @throws RangeError where it is longer than a creation may be
 */
export function stateInit(code: Hex, words: SlotWords): Hex {
  const codeBytes = (code.length - 2) / 2;
  if (words.count > mostInitWords(code)) throw new RangeError(`${words.count} words do not fit into a creation`);
  const records = new Uint8Array(words.count * 2 * WORD);
  for (let index = 0; index < words.count; index++) {
    records.set(words.slots.subarray(index * WORD, index * WORD + WORD), index * 2 * WORD);
    records.set(words.values.subarray(index * WORD, index * WORD + WORD), index * 2 * WORD + WORD);
  }
  const prologue = prologueOf(codeBytes, records.length);
  return `0x${prologue}${code.slice(2)}${Buffer.from(records).toString("hex")}`;
}

/** Hand-assembled, because its parts stand at fixed places: what it copies begins right after it. */
function prologueOf(codeBytes: number, recordBytes: number): string {
  const push3 = (value: number): string => `62${value.toString(16).padStart(6, "0")}`;
  const end = codeBytes + recordBytes;
  const copy = `${push3(end)}${push3(PROLOGUE_BYTES)}600039`;
  const start = push3(codeBytes);
  // The loop begins at byte 15: leave it when `at` has reached the end, else sstore(mload(at), mload(at + 32)), at += 64.
  const loop = `5b${push3(end)}811015${push3(44)}578060200151815155604001${push3(15)}56`;
  // Byte 44: return(0, length of the code).
  const done = `5b50${push3(codeBytes)}6000f3`;
  return `${copy}${start}${loop}${done}`;
}
