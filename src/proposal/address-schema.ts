import { getAddress } from "ethers";
import { z } from "zod";
import type { Address } from "../protocol/hex.ts";

/**
 * An address in a file of ours: 20 bytes, and when it is written in mixed case its EIP-55 checksum must hold.
 * A wrong checksum is a typing or copying error and never something to be forgiven.
 */
export const addressSchema = z.string().transform((text, context): Address => {
  try {
    return getAddress(text) as Address;
  } catch {
    context.addIssue({ code: "custom", message: `${text} is not an address (or its checksum is wrong)` });
    return z.NEVER;
  }
});
