import { id } from "ethers";
import type { Receipt } from "../chain/rpc.ts";

/** Safe reports a failed inner call by event: the transaction itself succeeds. */
const SAFE_FAILURES = new Set([id("ExecutionFailure(bytes32,uint256)"), id("ExecutionFromModuleFailure(address)")]);

/** Whether a mined transaction did not do what it was for. */
export function hasFailed(receipt: Receipt): boolean {
  return receipt.status === "reverted" || receipt.logs.some((log) => SAFE_FAILURES.has(log.topics[0] ?? ""));
}
