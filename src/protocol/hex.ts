import { z } from "zod";

/** Lower-case `0x` bytes of even length. */
export type Hex = `0x${string}`;
/** A checksummed EIP-55 address. */
export type Address = `0x${string}`;

export const ZERO_ADDRESS: Address = "0x0000000000000000000000000000000000000000";
export const ZERO_HASH: Hex = `0x${"0".repeat(64)}`;

/** keccak-256 of nothing: the code hash of an account without code. */
export const HASH_OF_NO_CODE: Hex = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

/** Bytes as JSON-RPC gives them; normalised to lower case. */
export const hexSchema = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, "not 0x-prefixed bytes of even length")
  .transform((text) => text.toLowerCase() as Hex);

export const hash32Schema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "not 32 bytes of hex")
  .transform((text) => text.toLowerCase() as Hex);

/** A JSON-RPC quantity (`0x1f`), as bigint. */
export const quantitySchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/, "not a hex quantity")
  .transform((text) => BigInt(text));

/** A decimal integer string in a file of ours, as bigint. Never a JSON number: those are floats. */
export const decimalSchema = z
  .string()
  .regex(/^-?(0|[1-9][0-9]*)$/, "not a decimal integer")
  .transform((text) => BigInt(text));
