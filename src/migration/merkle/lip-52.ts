import type { Hex } from "../../protocol/hex.ts";
import type { LeafFormat } from "./leaf-format.ts";

export interface EarningsRow {
  delegator: Hex | Uint8Array;
  pendingStakeWei: bigint;
  pendingFeesWei: bigint;
}

/**
 * Leaf of the snapshot of earnings of October 2020 (LIP-52): keccak256(abi.encode(delegator, pendingStake, pendingFees)),
 * 96 bytes. Equal leaves are in the tree once.
 */
export const lip52: LeafFormat<EarningsRow> = {
  name: "LIP-52",
  length: 96,
  hashed: "once",
  rules: { shape: "layered", order: "distinct" },
  accountAt: 12,
  write: (message, { delegator, pendingStakeWei, pendingFeesWei }) => {
    message.addressWord(0, delegator);
    message.uint256(32, pendingStakeWei);
    message.uint256(64, pendingFeesWei);
  },
};
