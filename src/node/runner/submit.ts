import { z } from "zod";
import { sendTogether, type UnlockedTransaction } from "../../chain/send-together.ts";
import { receiptSchema } from "../../chain/rpc-schemas.ts";
import type { BlockHeader, Receipt, Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { decodeRevert } from "../../protocol/revert-reason.ts";
import type { ActorCall } from "../actors/actor.ts";
import { protocolErrors } from "./protocol-errors.ts";

export interface Submission {
  from: Address;
  call: ActorCall;
}

export interface Submitted {
  /** Undefined when the node refused it, or it was not mined. */
  receipt: Receipt | undefined;
  /** Why it did not succeed, in words; undefined when it did. */
  failure: string | undefined;
}

/** Beginning a round copies the whole pool of transcoders; below the cap on one transaction (EIP-7825). */
const GAS_LIMIT = 12_000_000n;
/** Blocks of an ordinary chain hold 30 million; what does not fit goes into the next. */
const MODEST_GAS_LIMIT = 2_500_000n;
const GAS_PRICE_WEI = 20n * 10n ** 9n;
const MOST_BLOCKS = 40;
/** Many times what it takes to collect and mine the calls of a turn. */
const UNATTENDED_SECONDS = 15;

/**
 * Sends calls of unlocked accounts and mines them, all in one block where they fit, in the order given: each offers a little
 * more for its gas than the next, and the node mines by offer. While they are being collected the node mines only by a slow clock,
 * with which it goes on if this process is killed right then; afterwards it does what it did before.
 * @throws LPCTL_RPC_UNREACHABLE, LPCTL_RPC_TIMEOUT
 */
export async function submit(rpc: Rpc, header: BlockHeader, submissions: readonly Submission[]): Promise<Submitted[]> {
  if (submissions.length === 0) return [];
  const automine = await rpc.request("anvil_getAutomine", [], z.boolean());
  if (automine) await rpc.request("evm_setIntervalMining", [UNATTENDED_SECONDS], z.unknown());
  try {
    const sent = await sendTogether(rpc, await price(rpc, header, submissions));
    return await mine(rpc, submissions, sent);
  } finally {
    if (automine) await rpc.request("evm_setAutomine", [true], z.unknown());
  }
}

async function price(rpc: Rpc, { baseFeePerGas }: BlockHeader, submissions: readonly Submission[]): Promise<UnlockedTransaction[]> {
  const senders = [...new Set(submissions.map(({ from }) => from))];
  const nonces = new Map(await Promise.all(senders.map(async (from): Promise<[Address, bigint]> => [from, await rpc.nonce(from)])));
  const floor = (baseFeePerGas ?? 0n) * 4n;
  const lowest = floor > GAS_PRICE_WEI ? floor : GAS_PRICE_WEI;
  return submissions.map(({ from, call }, at): UnlockedTransaction => {
    const nonce = nonces.get(from) ?? 0n;
    nonces.set(from, nonce + 1n);
    const gasLimit = isHeavy(call) ? GAS_LIMIT : MODEST_GAS_LIMIT;
    return { from, to: call.to, data: call.data, valueWei: call.valueWei, nonce, gasLimit, gasPriceWei: lowest + BigInt(submissions.length - at) };
  });
}

/** `initializeRound()` */
function isHeavy({ data }: ActorCall): boolean {
  return data.startsWith("0xd4807fb2");
}

async function mine(rpc: Rpc, submissions: readonly Submission[], sent: readonly ({ hash: Hex } | { refusal: string })[]): Promise<Submitted[]> {
  const outcomes: Submitted[] = sent.map((each) => ({ receipt: undefined, failure: "refusal" in each ? each.refusal : "it was not mined" }));
  const awaited = new Map(sent.flatMap((each, at): [Hex, number][] => ("refusal" in each ? [] : [[each.hash, at]])));
  for (let block = 0; block < MOST_BLOCKS && awaited.size > 0; block++) {
    await rpc.request("evm_mine", [], z.unknown());
    // All of a block at once: a node that is asked for a hundred receipts takes longer to find them than to mine them.
    for (const receipt of await rpc.request("eth_getBlockReceipts", ["latest"], z.array(receiptSchema))) {
      const at = awaited.get(receipt.transactionHash);
      if (at === undefined) continue;
      awaited.delete(receipt.transactionHash);
      outcomes[at] = { receipt, failure: undefined };
    }
  }
  await Promise.all(
    outcomes.map(async (outcome, at) => {
      const submission = submissions[at];
      if (outcome.receipt?.status === "reverted" && submission !== undefined) outcome.failure = await explain(rpc, outcome.receipt);
    }),
  );
  return outcomes;
}

async function explain(rpc: Rpc, receipt: Receipt): Promise<string> {
  try {
    const schema = z.looseObject({ output: hexSchema.optional(), error: z.string().optional() });
    const trace = await rpc.request("debug_traceTransaction", [receipt.transactionHash, { tracer: "callTracer" }], schema);
    if ((trace.output ?? "0x") === "0x" && trace.error !== undefined && !/revert/i.test(trace.error)) return trace.error;
    return decodeRevert(trace.output ?? "0x", [protocolErrors()]);
  } catch (error) {
    if (isNetworkError(error)) throw error;
    return "it reverted, and the node does not tell why";
  }
}

/** Why a call would fail in the next block; undefined when it would succeed. */
export async function foreseeFailure(rpc: Rpc, { from, call }: Submission): Promise<string | undefined> {
  try {
    await rpc.call({ from, to: call.to, data: call.data, valueWei: call.valueWei }, "pending");
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

/** Words for what went wrong while an actor read or called. @throws whatever the network failed with */
export function describeFailure(error: unknown): string {
  if (isNetworkError(error)) throw error;
  if (!(error instanceof LpctlError)) return error instanceof Error ? error.message : String(error);
  const data = hexSchema.safeParse(error.details?.["data"]);
  return data.success ? decodeRevert(data.data, [protocolErrors()]) : error.message;
}

/** The chain does not answer, or not sensibly. */
export function isNetworkError(error: unknown): error is LpctlError {
  return error instanceof LpctlError && (error.code.startsWith("LPCTL_RPC_") || error.code === "LPCTL_CHAIN_NO_BLOCK");
}
