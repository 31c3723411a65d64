import { getAddress } from "ethers/address";
import { id } from "ethers/hash";
import type { Address, Hex } from "../protocol/hex.ts";

/**
 * Words of 32 bytes, written and read by hand: where hundreds of thousands of calls are asked, a general codec takes ten
 * times as long as the node does.
 */

/** First four bytes of a function's hash. */
export function selectorOf(signature: string): Hex {
  return id(signature).slice(0, 10) as Hex;
}

export function wordOfAddress(address: string): string {
  return address.slice(2).toLowerCase().padStart(64, "0");
}

export function wordOfNumber(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

/** How many whole words an answer has; -1 when it is not made of words. */
export function countWords(data: string): number {
  const digits = data.length - 2;
  return digits % 64 === 0 ? digits / 64 : -1;
}

/** @throws RangeError where there is no such word */
export function wordAt(data: string, index: number): string {
  const start = 2 + index * 64;
  const word = data.slice(start, start + 64);
  if (word.length !== 64) throw new RangeError(`there is no word ${index}`);
  return word;
}

export function numberAt(data: string, index: number): bigint {
  return BigInt(`0x${wordAt(data, index)}`);
}

const known = new Map<string, Address>();

/** An address in a word. A checksum costs a hash, and the same transcoders come again and again. */
export function addressOfWord(word: string): Address {
  const digits = word.slice(-40);
  const before = known.get(digits);
  if (before !== undefined) return before;
  const address = getAddress(`0x${digits}`) as Address;
  if (known.size > 200_000) known.clear();
  known.set(digits, address);
  return address;
}

export function addressAt(data: string, index: number): Address {
  return addressOfWord(wordAt(data, index));
}
