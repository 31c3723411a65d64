import type { Address } from "../protocol/hex.ts";

/** Ether or tokens that went from one account to another. */
export interface Movement {
  asset: "ETH" | Address;
  /** Of the token, where it is known: `LivepeerToken`. */
  assetName?: string | undefined;
  /** The zero address where tokens are made. */
  from: Address;
  /** The zero address where tokens are destroyed. */
  to: Address;
  /** In the asset's smallest unit. */
  amount: bigint;
}

/** Somebody may do something from now on, or no longer. */
export interface PowerChange {
  address: Address;
  contract?: string | undefined;
  /** `owner`, `erc1967.admin`, `role MINTER_ROLE`, `threshold`, `allowance of 0x…` */
  what: string;
  before: string;
  after: string;
}
