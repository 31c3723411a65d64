import { keccak256 } from "ethers/crypto";
import { concat, toUtf8Bytes } from "ethers/utils";
import { LangEn } from "ethers/wordlists";
import type { Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "./bundle.ts";

/** 88 bits: whoever swaps the bundle on its way cannot find another one with the same words. */
const WORDS = 8;
const BITS_PER_WORD = 11n;
/** The first letters of a word of BIP-39 tell it from all others. */
const TELLING_LETTERS = 4;
const PREFIX = toUtf8Bytes("lpctl bundle fingerprint 1:");

/**
 * Eight words of the BIP-39 English list for everything in a bundle but its signatures: proposal, Safe and the hashes of
 * its code, transaction, hashes. Two machines that show the same words have read the same bundle.
 */
export function fingerprintOf({ id }: Pick<SafeBundle, "id">): string[] {
  const list = LangEn.wordlist();
  const hash = BigInt(keccak256(concat([PREFIX, id])) as Hex);
  const first = 256n - BITS_PER_WORD;
  return Array.from({ length: WORDS }, (_, index) => list.getWord(Number((hash >> (first - BigInt(index) * BITS_PER_WORD)) & 0x7ffn)));
}

/** Whether what a person typed are these words, in this order: case, blanks and numbers do not matter, nor letters after the fourth. */
export function isSameFingerprint(typed: string, words: readonly string[]): boolean {
  const given = typed.toLowerCase().split(/[^a-z]+/).filter((word) => word !== "");
  return given.length === words.length && given.every((word, index) => sameWord(word, words[index] ?? ""));
}

function sameWord(typed: string, word: string): boolean {
  return typed.length >= Math.min(TELLING_LETTERS, word.length) && word.startsWith(typed);
}
