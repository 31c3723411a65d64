import type { KeccakInto } from "../../protocol/keccak-into.ts";
import type { Hex } from "../../protocol/hex.ts";

const WORD = 32;

/** A slot number as 32 bytes. */
export function slotBytes(slot: bigint): Uint8Array {
  // Not the Buffer itself: its `slice` is no copy.
  return Uint8Array.from(Buffer.from(slot.toString(16).padStart(2 * WORD, "0"), "hex"));
}

/** The slot `count` after another; slots go round at 2^256. */
export function slotAfter(slot: Uint8Array, count: bigint | number): Uint8Array {
  const next = slot.slice();
  if (typeof count === "number" && count < 2 ** 32) {
    let carry = count;
    for (let byte = WORD - 1; carry > 0 && byte >= 0; byte--) {
      const sum = (next[byte] ?? 0) + (carry % 256);
      next[byte] = sum % 256;
      carry = Math.floor(carry / 256) + (sum > 255 ? 1 : 0);
    }
    return next;
  }
  const sum = (BigInt(`0x${Buffer.from(slot).toString("hex")}`) + BigInt(count)) % (1n << 256n);
  return slotBytes(sum);
}

/** Where a mapping at `slot` keeps what belongs to a key. @param key as it is hashed: 32 bytes, or those of a `string` */
export function entrySlot(keccak: KeccakInto, key: Uint8Array, slot: Uint8Array): Uint8Array {
  const input = new Uint8Array(key.length + WORD);
  input.set(key);
  input.set(slot, key.length);
  const entry = new Uint8Array(WORD);
  keccak.hash(input, 0, input.length, entry, 0);
  return entry;
}

/** Where an array or a long byte string at `slot` keeps its data. */
export function dataSlotOf(keccak: KeccakInto, slot: Uint8Array): Uint8Array {
  const data = new Uint8Array(WORD);
  keccak.hash(slot, 0, WORD, data, 0);
  return data;
}

/** An address, number or bytes32 as the 32 bytes of a mapping's key. */
export function wordBytes(key: Hex | bigint): Uint8Array {
  if (typeof key === "bigint") return slotBytes(BigInt.asUintN(256, key));
  return Buffer.from(key.slice(2).padStart(2 * WORD, "0"), "hex");
}
