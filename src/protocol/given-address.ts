import { getAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { chainIdOfShortName, shortNameOfChain } from "./chain-short-names.ts";
import type { Address } from "./hex.ts";
import { printable } from "./printable.ts";

/** An address as a person gave it. `prefix` is that of EIP-3770 (`arb1:0x…`), which says for which chain it is meant. */
export interface GivenAddress {
  address: Address;
  prefix: { name: string; chainId: bigint } | undefined;
}

/**
 * Reads an address that a person typed or copied: 0x and 40 hex digits, in one case or with the right EIP-55 checksum, with or
 * without the prefix of a chain. Names are not resolved: whoever answers for them could answer with another address.
 * @param what the flag or argument it was given for
 * @throws LPCTL_USAGE_NOT_AN_ADDRESS, LPCTL_USAGE_ADDRESS_CHECKSUM, LPCTL_USAGE_ADDRESS_NAME, LPCTL_USAGE_ADDRESS_PREFIX
 */
export function parseGivenAddress(text: string, what: string): GivenAddress {
  const { 1: name, 2: rest = text } = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const address = parsePlain(rest, what);
  if (name === undefined) return { address, prefix: undefined };
  const chainId = chainIdOfShortName(name);
  if (chainId !== undefined) return { address, prefix: { name, chainId } };
  throw refusal("LPCTL_USAGE_ADDRESS_PREFIX", `${what}: lpctl does not know the chain that the prefix "${printable(name)}:" stands for`, "a prefix says for which chain an address is meant (EIP-3770), and on another one there may be nothing there, or something else", "When you are sure that it is the address on this chain, give it without the prefix");
}

/**
 * The address, for use on one chain.
 * @throws LPCTL_USAGE_ADDRESS_OTHER_CHAIN where the prefix is another chain's
 */
export function requireAddressOn(chainId: bigint, { address, prefix }: GivenAddress, what: string): Address {
  if (prefix === undefined || prefix.chainId === chainId) return address;
  const here = shortNameOfChain(chainId);
  throw refusal(
    "LPCTL_USAGE_ADDRESS_OTHER_CHAIN",
    `${what}: ${prefix.name}:${address} is an address on chain ${prefix.chainId}, and this network is chain ${chainId}`,
    `the same address on another chain may be somebody else's, or nothing at all${here === undefined ? "" : `; on this one it would be written ${here}:0x…`}`,
    "Choose the network that is meant with --network NAME, or look up the address on this chain",
  );
}

function parsePlain(text: string, what: string): Address {
  const shown = printable(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) {
    const address = getAddress(text.toLowerCase()) as Address;
    const digits = text.slice(2);
    if (text === address || digits === digits.toLowerCase() || digits === digits.toUpperCase()) return address;
    throw refusal("LPCTL_USAGE_ADDRESS_CHECKSUM", `${what}: the checksum of ${shown} is wrong`, "a character of it was changed: the upper and lower case of an address is a checksum (EIP-55)", "Copy the address again from its source; do not correct it by hand");
  }
  if (/^[^\s.:]+(\.[^\s.:]+)+$/u.test(text)) {
    throw refusal("LPCTL_USAGE_ADDRESS_NAME", `${what}: "${shown}" is a name, and lpctl does not resolve names`, "what a name stands for can change, and whoever is asked for it could answer with another address", "Give the address itself, 0x and 40 hex digits");
  }
  throw refusal("LPCTL_USAGE_NOT_AN_ADDRESS", `${what} takes an address, and "${shown}" is none`, "an address is 0x and 40 hex digits", "Copy the address again from its source");
}

function refusal(code: ErrorCode, message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.usage, message, why, next });
}
