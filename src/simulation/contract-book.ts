import type { Interface } from "ethers";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { StorageUnit } from "../protocol/storage-units.ts";
import type { Names } from "./format-word.ts";
import type { Layout } from "./layout-walk.ts";
import type { CallNode } from "../outcome/simulation.ts";

/**
 * What the caller knows of the contracts that a transaction touches. Behind a proxy, `layoutOf` and `interfaceOf`
 * give those of the logic: that is whose variables and functions live at the proxy's address.
 */
export interface AddressBook {
  nameOf(address: Address): string | undefined;
  layoutOf(address: Address): Layout | undefined;
  interfaceOf(address: Address): Interface | undefined;
  /** bytes32 ids (contract ids, roles), lower case, to their names. */
  keyNames: ReadonlyMap<Hex, string>;
  /** What a number in a contract's storage counts, where the protocol's catalogue says it. */
  unitOf?(address: Address, path: string): StorageUnit | undefined;
  /** How the layout is known; undefined where there is none. */
  layoutSourceOf?(address: Address): LayoutSource | undefined;
  /**
   * Looks at accounts that nothing was known of before a transaction touched them, on the chain that ran it: code that
   * a known source compiles to gives them a name, a layout and an ABI. Called after each transaction.
   */
  learn?(rpc: Rpc, calls: CallNode, touched: readonly Address[]): Promise<void>;
}

/**
 * - `source`: compiled from a source whose code stands on chain
 * - `known`: written down in lpctl, for contracts that it never compiles (a Safe)
 * - `bytecode`: recovered from code without source; positions and shapes, without names
 */
export type LayoutSource = "source" | "known" | "bytecode";

/** A book that knows nothing: calls and events of known protocols are still decoded. */
export const EMPTY_BOOK: AddressBook = {
  nameOf: () => undefined,
  layoutOf: () => undefined,
  interfaceOf: () => undefined,
  keyNames: new Map(),
};

export function namesOf(book: AddressBook): Names {
  return { addressName: (address) => book.nameOf(address), keyNames: book.keyNames };
}
