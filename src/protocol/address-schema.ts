import { getAddress, isAddress } from "ethers/address";
import { z } from "zod";
import type { Address } from "./hex.ts";

const PLAIN = /^0x[0-9a-fA-F]{40}$/;

/**
 * An address as a file or a chain gives it, turned into its EIP-55 form. All-lower-case is accepted (chains
 * answer that way); mixed case with a wrong checksum is not, because that is a mistyped address.
 */
export const addressSchema = z
  .string()
  .refine((text) => PLAIN.test(text) && isAddress(text), { error: ({ input }) => whyNone(input) })
  .transform((text) => getAddress(text) as Address);

function whyNone(text: unknown): string {
  if (typeof text !== "string") return "not an address";
  if (PLAIN.test(text)) return "its checksum is wrong: a character of the address was changed";
  if (/^[^:]{1,20}:0x[0-9a-fA-F]{40}$/.test(text)) return "an address without the prefix of a chain is wanted";
  return /^[^\s.:]+(\.[^\s.:]+)+$/u.test(text) ? "not an address; names are not resolved" : "not an address";
}
