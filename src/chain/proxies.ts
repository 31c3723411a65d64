import { dataSlice, getAddress } from "ethers";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { ERC1967_SLOTS } from "../protocol/storage-slots.ts";
import { tryReadFunction } from "./read-function.ts";
import type { Rpc } from "./rpc.ts";

export type Erc1967Proxy =
  | { kind: "transparent"; address: Address; implementation: Address; admin: Address }
  | { kind: "uups"; address: Address; implementation: Address }
  | { kind: "beacon"; address: Address; implementation: Address; beacon: Address };

/** Tells an ERC-1967 proxy and its kind by the three slots; undefined for anything else. */
export async function readErc1967Proxy(rpc: Rpc, address: Address): Promise<Erc1967Proxy | undefined> {
  const [implementation, admin, beacon] = await Promise.all([
    readAddressSlot(rpc, address, ERC1967_SLOTS.implementation),
    readAddressSlot(rpc, address, ERC1967_SLOTS.admin),
    readAddressSlot(rpc, address, ERC1967_SLOTS.beacon),
  ]);
  if (beacon !== ZERO_ADDRESS) {
    const answer = await tryReadFunction(rpc, beacon, "function implementation() view returns (address)");
    return answer === undefined
      ? undefined
      : { kind: "beacon", address, beacon, implementation: answer[0] as Address };
  }
  if (implementation === ZERO_ADDRESS) return undefined;
  return admin === ZERO_ADDRESS
    ? { kind: "uups", address, implementation }
    : { kind: "transparent", address, implementation, admin };
}

async function readAddressSlot(rpc: Rpc, address: Address, slot: Hex): Promise<Address> {
  return getAddress(dataSlice(await rpc.storage(address, slot), 12)) as Address;
}
