import type { Interface } from "ethers";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Names } from "./format-word.ts";
import type { Layout } from "./layout-walk.ts";

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
}

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
