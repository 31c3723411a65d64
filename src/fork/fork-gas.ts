import type { Hex } from "../protocol/hex.ts";

/** Gas of a transaction before it runs: 21,000, and its bytes (EIP-2028). */
const TRANSACTION_GAS = 21_000n;
const ZERO_BYTE_GAS = 4n;
const BYTE_GAS = 16n;
/** EIP-7623: what a transaction that is nearly only data costs at least, per byte. */
const FLOOR_ZERO_BYTE_GAS = 10n;
const FLOOR_BYTE_GAS = 40n;

/** A slot that had nothing (EIP-2929): the floor of everything that loads state. */
export const NEW_SLOT_GAS = 22_100n;
/** One that had something else. */
export const CHANGED_SLOT_GAS = 5_000n;
/** The loader's own work for one record. */
const RECORD_GAS = 120n;
/** Proxy, Controller, the loader and whether it was burned. */
const LOAD_CALL_GAS = 24_000n;
/** One mint by a Governor: staged, executed, two events, and a new balance. */
const MINT_GAS = 38_300n;

/** What data costs by itself. */
export function dataGas(data: Hex): { used: bigint; floor: bigint } {
  const bytes = Buffer.from(data.slice(2), "hex");
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros += 1;
  const [zero, other] = [BigInt(zeros), BigInt(bytes.length - zeros)];
  return { used: TRANSACTION_GAS + zero * ZERO_BYTE_GAS + other * BYTE_GAS, floor: TRANSACTION_GAS + zero * FLOOR_ZERO_BYTE_GAS + other * FLOOR_BYTE_GAS };
}

/** Gas of one call to `load`. @param created slots that had nothing @param changed those that had something */
export function loadGas(data: Hex, created: number, changed: number): bigint {
  const { used, floor } = dataGas(data);
  const words = BigInt(data.length) / 64n;
  // The proxy copies the records into memory.
  const memory = 6n * words + (words * words) / 512n;
  const gas = used + LOAD_CALL_GAS + memory + BigInt(created) * (NEW_SLOT_GAS + RECORD_GAS) + BigInt(changed) * (CHANGED_SLOT_GAS + RECORD_GAS);
  return gas > floor ? gas : floor;
}

/** Gas of minting to so many accounts, staged and executed. */
export function mintGas(holders: number): bigint {
  return BigInt(holders) * MINT_GAS + 2n * TRANSACTION_GAS + 60_000n;
}
