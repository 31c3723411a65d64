import { getAddress, isAddress } from "ethers/address";
import { z } from "zod";
import type { Address } from "./hex.ts";

/**
 * An address as a file or a chain gives it, turned into its EIP-55 form. All-lower-case is accepted (chains
 * answer that way); mixed case with a wrong checksum is not, because that is a mistyped address.
 */
export const addressSchema = z
  .string()
  .refine((text) => /^0x[0-9a-fA-F]{40}$/.test(text) && isAddress(text), "not an address, or its checksum is wrong")
  .transform((text) => getAddress(text) as Address);
