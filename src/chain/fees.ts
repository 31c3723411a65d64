import { LpctlError } from "../errors.ts";
import { hexSchema, quantitySchema } from "../protocol/hex.ts";
import { feeTooHigh, revertedBeforeSending, noFeeMarket, noFunds } from "./sender-errors.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { ErrorAbis } from "./operation.ts";
import type { EstimateRequest, Rpc } from "./rpc.ts";

export interface GasPlan {
  gasLimit: bigint;
  maxFeePerGasWei: bigint;
  maxPriorityFeePerGasWei: bigint;
}

/** EIP-7825: no transaction may have a higher gas limit. An estimate above it is left to the chain to judge. */
const TRANSACTION_GAS_CAP = 16_777_216n;
const ONE_GWEI = 1_000_000_000n;
/** A priority fee is paid whole, so an RPC that names it could have an account emptied. No chain ever needed this much. */
const HIGHEST_PRIORITY_FEE_WEI = 1_000n * ONE_GWEI;

/**
 * Gas and fees for one transaction, in one round trip: the estimate plus a quarter (state may move before it is
 * mined), twice the base fee (six full blocks of rises), and the priority fee that the node suggests. With
 * `replaces`, fees are at least an eighth above those: what every client asks of a replacement.
 * @throws LPCTL_SENDER_REVERTED, LPCTL_SENDER_NO_FUNDS, LPCTL_SENDER_NO_FEE_MARKET, LPCTL_SENDER_FEE_TOO_HIGH
 */
export async function planGas(rpc: Rpc, from: Address, title: string, call: { to: Address | null; data: Hex; valueWei: bigint }, options: { replaces?: GasPlan | undefined; errorAbis?: ErrorAbis | undefined } = {}): Promise<GasPlan> {
  const request: EstimateRequest = { ...call, from };
  const [block, priority, balanceWei, estimate] = await Promise.all([
    rpc.block("latest"),
    rpc.request("eth_maxPriorityFeePerGas", [], quantitySchema).catch((error: unknown) => fallbackPriority(error)),
    rpc.balanceWei(from),
    rpc.estimateGas(request).catch((error: unknown) => asLpctlError(error)),
  ]);
  if (block.baseFeePerGas === undefined) throw noFeeMarket(rpc.origin);
  if (priority > HIGHEST_PRIORITY_FEE_WEI) throw feeTooHigh(rpc.origin, priority);
  let maxPriorityFeePerGasWei = priority;
  let maxFeePerGasWei = block.baseFeePerGas * 2n + priority;
  if (options.replaces !== undefined) {
    maxPriorityFeePerGasWei = max(maxPriorityFeePerGasWei, raiseByAnEighth(options.replaces.maxPriorityFeePerGasWei));
    maxFeePerGasWei = max(maxFeePerGasWei, raiseByAnEighth(options.replaces.maxFeePerGasWei));
  }
  if (estimate instanceof LpctlError) {
    if (estimate.code === "LPCTL_CHAIN_CALL_REVERTED") throw revertedBeforeSending(title, await describeRevert(estimate, options.errorAbis), estimate.details?.["data"]);
    if (/insufficient (funds|balance)|exceeds balance/i.test(estimate.message)) throw noFunds(from, balanceWei, call.valueWei + 21_000n * maxFeePerGasWei);
    throw estimate;
  }
  const roomy = estimate + estimate / 4n;
  const gasLimit = roomy <= TRANSACTION_GAS_CAP ? roomy : max(estimate, TRANSACTION_GAS_CAP);
  const neededWei = call.valueWei + gasLimit * maxFeePerGasWei;
  if (balanceWei < neededWei) throw noFunds(from, balanceWei, neededWei);
  return { gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei };
}

/** Why a reverted call reverted, with custom errors of `errorAbis` understood. */
export async function describeRevert(error: LpctlError, errorAbis: ErrorAbis = []): Promise<string> {
  const data = hexSchema.safeParse(error.details?.["data"]);
  if (data.success && data.data !== "0x") return decodeRevert(data.data, typeof errorAbis === "function" ? await errorAbis() : errorAbis);
  const said = error.details?.["rpcMessage"];
  return typeof said === "string" && said !== "" && !/^execution reverted$/i.test(said) ? said : "reverted without a reason";
}

function fallbackPriority(error: unknown): bigint {
  if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return ONE_GWEI;
  throw error;
}

function asLpctlError(error: unknown): LpctlError {
  if (error instanceof LpctlError) return error;
  throw error;
}

function raiseByAnEighth(wei: bigint): bigint {
  return wei + wei / 8n + 1n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
