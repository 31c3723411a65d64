import type { Address, Hex } from "../../protocol/hex.ts";
import type { Layout } from "../../protocol/layout.ts";

/** A contract of the protocol, and what is known of its storage. */
export interface KnownContract {
  address: Address;
  /** Unique among those found: the registry's name (`BondingManager`, `BondingManagerTarget`), else the role (`Governor`), else `<contract> <address>`. */
  name: string;
  /** Whose layout it is (`contracts/bonding/BondingManager.sol:BondingManager`), of the logic where the contract is a proxy; undefined where no source is known. */
  layoutOf: string | undefined;
  /** Where its variables lie. Without any variable where nothing is known. */
  layout: Layout;
  code: Hex;
}
