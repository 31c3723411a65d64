import { describeRevert } from "../../chain/fees.ts";
import { LpctlError } from "../../errors.ts";
import type { ErrorAbis } from "../../chain/operation.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

/** Why a call that was tried reverts: receipts carry no reason, so that it is made once more. */
export async function describeFailure(rpc: Rpc, from: Address, { to, data, valueWei }: { to: Address | null; data: Hex; valueWei: bigint }, errorAbis: ErrorAbis): Promise<string> {
  try {
    await rpc.estimateGas({ from, to, data, ...(valueWei === 0n ? {} : { valueWei }) });
    return "the reason cannot be found";
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return await describeRevert(error, errorAbis);
    throw error;
  }
}
