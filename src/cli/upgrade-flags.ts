import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { getAddress, isAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";

/** What every upgrade command is told: which contract, and which code. */
export const upgradeArgs = {
  contract: Args.string({ description: "Registered name, e.g. JobsManager. Use --proxy for a contract without a registry." }),
};

export const upgradeFlags = {
  to: Flags.string({ required: true, helpValue: "FILE.sol:NAME", summary: "Source of the new code." }),
  from: Flags.string({ helpValue: "FILE.sol:NAME", summary: "Source of the code that runs now, where lpctl does not recognise it." }),
  proxy: Flags.string({ helpValue: "ADDRESS", summary: "The proxy, instead of a registered name (ERC-1967: transparent, UUPS, beacon)." }),
};

/** The contract a person named, by name or by --proxy. @throws LPCTL_USAGE_NO_CONTRACT */
export function contractReference(name: string | undefined, proxy: string | undefined): string {
  if (proxy !== undefined && name === undefined) return parseAddress(proxy, "--proxy");
  if (name !== undefined && proxy === undefined) return name;
  throw new LpctlError({
    code: "LPCTL_USAGE_NO_CONTRACT",
    exit: Exit.usage,
    message: name === undefined ? "Which contract?" : "Give a name or --proxy, not both",
    next: "lpctl upgrade check JobsManager --to FILE.sol:NAME, or --proxy 0x…",
  });
}

/** @throws LPCTL_USAGE_NOT_AN_ADDRESS, also for a wrong checksum */
export function parseAddress(text: string, flag: string): Address {
  const address: unknown = isAddress(text) && getAddress(text);
  if (typeof address === "string") return address as Address;
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_AN_ADDRESS",
    exit: Exit.usage,
    message: `${flag} takes an address, and "${text}" is none, or its checksum is wrong`,
    next: "Copy the address again from where it is published",
  });
}
