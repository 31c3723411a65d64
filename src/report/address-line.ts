import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import type { Line } from "./document.ts";
import type { ReportData } from "./report-data.ts";

/** An address with its name before it and a link behind it; never shortened. */
export function addressLine(data: ReportData, address: Address, name?: string): Line {
  return [...(name === undefined ? [] : [{ text: `${name} `, strong: true }]), { text: address, mono: true, url: addressUrl(data, address) }];
}

/** Where the network's explorer shows an address; undefined where the network has none. */
export function addressUrl({ network }: ReportData, address: Address): string | undefined {
  return network.explorer === undefined ? undefined : `${network.explorer.addressUrlPrefix}${address}`;
}

/** `0.1 ETH`, or `none`. */
export function etherText(valueWei: bigint): string {
  return valueWei === 0n ? "none" : formatHuman(valueWei, "wei-eth");
}
