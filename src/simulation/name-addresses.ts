import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import { formatAddress, type Names } from "./format-word.ts";

const ADDRESS = /\b0x[0-9a-fA-F]{40}\b/g;

/** Arguments with the names of the addresses in them; text of strings and bytes is left as it is. */
export function nameAddresses(args: readonly DecodedArgument[], names: Names): DecodedArgument[] {
  return args.map((arg) =>
    /^address|\(.*address.*\)/.test(arg.type) && !arg.type.includes("string")
      ? { ...arg, value: arg.value.replaceAll(ADDRESS, (address) => formatAddress(address, names)) }
      : arg.type === "bytes32"
        ? { ...arg, value: nameWord(arg.value, names) }
        : arg,
  );
}

function nameWord(value: string, names: Names): string {
  const name = /^0x[0-9a-f]{64}$/.test(value) ? names.keyNames.get(value as `0x${string}`) : undefined;
  return name === undefined ? value : `${value} (${name})`;
}
