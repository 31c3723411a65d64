import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../errors.ts";
import { parseGivenAddress } from "../protocol/given-address.ts";

/** What every upgrade command is told: which contract, and which code. */
export const upgradeArgs = {
  contract: Args.string({ description: "Registered name, e.g. JobsManager. Use --proxy for a contract without a registry." }),
};

export const upgradeFlags = {
  to: Flags.string({ required: true, helpValue: "FILE.sol:NAME", summary: "Source of the new code." }),
  from: Flags.string({ helpValue: "FILE.sol:NAME", summary: "Source of the code that runs now, where lpctl does not recognise it." }),
  proxy: Flags.string({ helpValue: "ADDRESS", summary: "The proxy, instead of a registered name (ERC-1967: transparent, UUPS, beacon)." }),
};

/** The contract a person named, by name or by --proxy, for `findContract`. @throws LPCTL_USAGE_NO_CONTRACT, what parseGivenAddress throws */
export function contractReference(name: string | undefined, proxy: string | undefined): string {
  if (proxy !== undefined && name === undefined) return parseProxy(proxy);
  if (name !== undefined && proxy === undefined) return name;
  throw new LpctlError({
    code: "LPCTL_USAGE_NO_CONTRACT",
    exit: Exit.usage,
    message: name === undefined ? "Which contract?" : "Give a name or --proxy, not both",
    next: "lpctl upgrade check JobsManager --to FILE.sol:NAME, or --proxy 0x…",
  });
}

/** With its prefix, where it has one: the chain that must be this is known later. */
function parseProxy(text: string): string {
  const { address, prefix } = parseGivenAddress(text, "--proxy");
  return prefix === undefined ? address : `${prefix.name}:${address}`;
}
