import { dataSlice, getAddress } from "ethers";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { ERC1967_SLOTS } from "../protocol/storage-slots.ts";
import { tryReadFunction } from "./read-function.ts";
import type { Rpc } from "./rpc.ts";

/** ERC-1167 and its shorter variants: calldata copied, then a delegatecall to an address that the code itself carries. */
const CLONE = /^0x(?:363d3d373d3d3d363d|3d3d3d3d363d3d37363d|36[0-9a-f]{0,24}?)73([0-9a-f]{40})5af4[0-9a-f]{0,40}$/;
/** EIP-7702: an account of a key that lends another account's code. */
const DELEGATION = /^0xef0100([0-9a-f]{40})$/;
/** keccak-256 of "org.zeppelinos.proxy.implementation": proxies from before ERC-1967, such as USDC's. */
const ZEPPELIN_OS_SLOT: Hex = "0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3";

export interface ProxyShape {
  kind: "clone" | "delegation" | "erc1967" | "beacon" | "registry" | "zeppelin-os" | "diamond";
  /** `a clone (ERC-1167) of 0x…` */
  words: string;
}

/** Whom an account lends its code from, by its code alone (EIP-7702). */
export function delegateOf(code: Hex): Address | undefined {
  const found = DELEGATION.exec(code)?.[1];
  return found === undefined ? undefined : (getAddress(`0x${found}`) as Address);
}

/**
 * Whether a contract passes calls on to code elsewhere, of whatever kind: more than lpctl can upgrade, so that it can say
 * what it sees. Undefined for a contract that answers by itself, as far as can be told.
 */
export async function readProxyShape(rpc: Rpc, address: Address): Promise<ProxyShape | undefined> {
  const [code, implementation, beacon, zeppelinOs, targetId, facets] = await Promise.all([
    rpc.code(address),
    rpc.storage(address, ERC1967_SLOTS.implementation),
    rpc.storage(address, ERC1967_SLOTS.beacon),
    rpc.storage(address, ZEPPELIN_OS_SLOT),
    tryReadFunction(rpc, address, "function targetContractId() view returns (bytes32)"),
    tryReadFunction(rpc, address, "function facetAddresses() view returns (address[])"),
  ]);
  const delegate = delegateOf(code);
  if (delegate !== undefined) return { kind: "delegation", words: `an account that lends the code of ${delegate} (EIP-7702)` };
  const clone = CLONE.exec(code)?.[1];
  if (clone !== undefined) return { kind: "clone", words: `a clone (ERC-1167) of ${getAddress(`0x${clone}`)}` };
  if (addressIn(beacon) !== ZERO_ADDRESS) return { kind: "beacon", words: `a proxy of the beacon ${addressIn(beacon)}` };
  if (addressIn(implementation) !== ZERO_ADDRESS) return { kind: "erc1967", words: `an ERC-1967 proxy of ${addressIn(implementation)}` };
  if (addressIn(zeppelinOs) !== ZERO_ADDRESS) return { kind: "zeppelin-os", words: `a proxy from before ERC-1967, of ${addressIn(zeppelinOs)}` };
  if (targetId !== undefined && BigInt(String(targetId[0])) !== 0n) return { kind: "registry", words: `a registry proxy of the target id ${String(targetId[0])}` };
  const count = facets === undefined ? 0 : (facets[0] as readonly unknown[]).length;
  return count > 0 ? { kind: "diamond", words: `a diamond (ERC-2535) of ${count} facets` } : undefined;
}

function addressIn(word: Hex): Address {
  return getAddress(dataSlice(word, 12)) as Address;
}
