import type { Hex } from "../../protocol/hex.ts";
import type { LeafFormat } from "./leaf-format.ts";

export interface StakeRow {
  delegator: Hex | Uint8Array;
  /** The zero address for who has fees and no stake any more. */
  delegate: Hex | Uint8Array;
  stakeWei: bigint;
  feesWei: bigint;
}

/**
 * Leaf of the snapshot of stakes of February 2022 (LIP-73, Confluence):
 * keccak256(abi.encodePacked(delegator, delegate, stake, fees)), 104 bytes. Equal leaves are in the tree once.
 */
export const lip73: LeafFormat<StakeRow> = {
  name: "LIP-73",
  length: 104,
  hashed: "once",
  rules: { shape: "layered", order: "distinct" },
  accountAt: 0,
  write: (message, { delegator, delegate, stakeWei, feesWei }) => {
    message.address(0, delegator);
    message.address(20, delegate);
    message.uint256(40, stakeWei);
    message.uint256(72, feesWei);
  },
};
