/** Addresses and ids that stand in words, code and logs. Pure. */
import { getAddress } from "ethers/address";
import type { Address, Hex } from "../../protocol/hex.ts";

const DIGITS = 64;
const word = (number: bigint): string => number.toString(16).padStart(DIGITS, "0");
/** What begins with so many zeros is a number where nothing says what it is: an amount, a time. */
const LEAST_ADDRESS = word(1n << 112n);
/** An indexed argument of an event that is a number is a small one. */
const LEAST_INDEXED_ADDRESS = word(1n << 64n);
const LEAST_ID = word(1n << 160n);

export type WordKind = "address" | "id" | "number";

/**
 * What a word most probably is. Digits of the same length are in the order of their numbers.
 * @param digits 64, lower case, without `0x`
 * @param isIndexed an argument of an event that can be searched for
 */
export function kindOfWord(digits: string, isIndexed = false): WordKind {
  if (digits >= LEAST_ID) return "id";
  return digits >= (isIndexed ? LEAST_INDEXED_ADDRESS : LEAST_ADDRESS) ? "address" : "number";
}

/** @param word as 64 digits, with or without `0x` */
export function addressOfWord(word: string): Address {
  return getAddress(`0x${word.slice(-40)}`) as Address;
}

const PUSH1 = 0x60;
const PUSH20 = 0x73;
const PUSH32 = 0x7f;

/** Addresses that code carries: what was immutable or constant. Data behind the code is read as code too, which does no harm. */
export function addressesInCode(code: Hex): Address[] {
  const bytes = Buffer.from(code.slice(2), "hex");
  const found = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    const opcode = bytes[at] ?? 0;
    if (opcode < PUSH1 || opcode > PUSH32) continue;
    const length = opcode - PUSH1 + 1;
    const pushed = bytes.toString("hex", at + 1, at + 1 + length);
    at += length;
    if (opcode !== PUSH20 && opcode !== PUSH32) continue;
    if (pushed.length === 2 * length && kindOfWord(pushed.padStart(DIGITS, "0")) === "address" && !/f{39,}$/.test(pushed)) found.add(pushed.slice(-40));
  }
  return [...found].map(addressOfWord);
}
