import { keccak256 } from "ethers";

const MOST_REMEMBERED = 50_000;
const remembered = new Map<string, bigint>();

/** keccak-256 of bytes given as hex without `0x`, as a slot number. Remembered, because each step asks for the same ones. */
export function hashToSlot(hex: string): bigint {
  const known = remembered.get(hex);
  if (known !== undefined) return known;
  const hash = BigInt(keccak256(`0x${hex}`));
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(hex, hash);
  return hash;
}

/** A slot number as 32 bytes of hex without `0x`. */
export function slotHex(slot: bigint): string {
  return slot.toString(16).padStart(64, "0");
}

/** Where an array or byte string at `slot` keeps its data. */
export function dataSlot(slot: bigint): bigint {
  return hashToSlot(slotHex(slot));
}
