import { expect, test } from "vitest";
import { ZERO_HASH, type Hex } from "../../../../src/protocol/hex.ts";
import { createKeccakInto } from "../../../../src/protocol/keccak-into.ts";
import { slotWordsOf, storageRootOf, type SlotWords } from "../../../../src/snapshot/trie/storage-root.ts";
import { EMPTY_TRIE } from "../../../../src/snapshot/trie/trie-proof.ts";
import { TrieRoot } from "../../../../src/snapshot/trie/trie-root.ts";

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;

test("storage that holds nothing has the root of nothing", async () => {
  expect(await storageRootOf(slotWordsOf([]))).toBe(EMPTY_TRIE);
  expect(await storageRootOf(slotWordsOf([[word(1), ZERO_HASH]]))).toBe(EMPTY_TRIE);
  expect(await storageRootOf(slotWordsOf([[word(1), ZERO_HASH]]), "keep")).not.toBe(EMPTY_TRIE);
});

test("a wei more in one word of a thousand, or a slot more or less, is another root", async () => {
  const words = Array.from({ length: 1000 }, (_, index): [Hex, Hex] => [word(index), word(index + 1)]);
  const root = await storageRootOf(slotWordsOf(words));
  expect(await storageRootOf(slotWordsOf(words.with(500, [word(500), word(502)])))).not.toBe(root);
  expect(await storageRootOf(slotWordsOf(words.slice(1)))).not.toBe(root);
  expect(await storageRootOf(slotWordsOf([...words, [word(1000), word(1)]]))).not.toBe(root);
  expect(await storageRootOf(slotWordsOf([...words, [word(1000), ZERO_HASH]]))).toBe(root);
});

test("a slot that is there twice is refused, whatever its words are", async () => {
  for (const [first, second] of [[word(1), word(1)], [ZERO_HASH, word(1)], [word(1), ZERO_HASH], [ZERO_HASH, ZERO_HASH]] as const) {
    for (const zeros of ["drop", "keep", [word(7)]] as const) {
      await expect(storageRootOf(slotWordsOf([[word(7), first], [word(8), word(9)], [word(7), second]]), zeros)).rejects.toThrow("a slot is there twice");
    }
  }
});

test("bytes that are not as many slots as words are refused", async () => {
  const short: SlotWords = { slots: new Uint8Array(64), values: new Uint8Array(32), count: 2 };
  await expect(storageRootOf(short)).rejects.toThrow("64 and 32 bytes are not 2 slots and as many words");
  expect(() => slotWordsOf([["0x01", word(1)]])).toThrow("0x01 has not 32 bytes");
});

test("leaves that come out of order are refused, as the trie is written in one pass", async () => {
  const trie = new TrieRoot(await createKeccakInto());
  const { slots } = slotWordsOf([[word(2), word(1)], [word(1), word(1)]]);
  trie.add(slots, 0, slots, 0);
  expect(() => trie.add(slots, 32, slots, 0)).toThrow("not in the order of their hashes");
  expect(() => trie.add(slots, 0, slots, 0)).toThrow("a slot is there twice");
});
