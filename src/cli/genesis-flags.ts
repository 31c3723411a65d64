import * as Args from "@oclif/core/args";
import { isAddress, getAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";

export const genesisArgs = { file: Args.string({ description: "The genesis file.", default: "genesis.yaml" }) };

/** An address that a flag gives; its checksum must be right. @throws LPCTL_UNITS_BAD_ADDRESS */
export function parseAddressFlag(given: string | undefined, flag: string): Address | undefined {
  if (given === undefined) return undefined;
  if (/^0x[0-9a-fA-F]{40}$/.test(given) && isAddress(given)) return getAddress(given) as Address;
  throw new LpctlError({
    code: "LPCTL_UNITS_BAD_ADDRESS",
    exit: Exit.usage,
    message: `${flag} ${printable(given)} is not an address, or its checksum is wrong`,
    next: "Copy the address again from its source; do not correct it by hand.",
  });
}
