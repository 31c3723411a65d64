import { z } from "zod";
import type { Address } from "../../protocol/hex.ts";

/** An address as the relay itself has written it, with its checksum: computing that again for every row costs more than all else. */
export const storedAddressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .transform((text) => text as Address);
