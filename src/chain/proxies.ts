import { dataSlice, getAddress } from "ethers";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { tryReadFunction } from "./read-function.ts";
import type { Rpc } from "./rpc.ts";

/** ERC-1967 storage slots: keccak-256 of the label, minus one. */
const SLOTS = {
  implementation: "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc",
  admin: "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103",
  beacon: "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50",
} as const satisfies Record<string, Hex>;

export type Erc1967Proxy =
  | { kind: "transparent"; address: Address; implementation: Address; admin: Address }
  | { kind: "uups"; address: Address; implementation: Address }
  | { kind: "beacon"; address: Address; implementation: Address; beacon: Address };

/** Tells an ERC-1967 proxy and its kind by the three slots; undefined for anything else. */
export async function readErc1967Proxy(rpc: Rpc, address: Address): Promise<Erc1967Proxy | undefined> {
  const [implementation, admin, beacon] = await Promise.all([
    readAddressSlot(rpc, address, SLOTS.implementation),
    readAddressSlot(rpc, address, SLOTS.admin),
    readAddressSlot(rpc, address, SLOTS.beacon),
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
