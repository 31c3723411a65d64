import { z } from "zod";
import { hash32Schema, type Address, type Hex } from "../protocol/hex.ts";
import { LpctlError, Exit } from "../errors.ts";
import { httpPost } from "./http-post.ts";
import { formatTag, type Rpc } from "./rpc.ts";

export interface UnlockedTransaction {
  from: Address;
  to: Address;
  data: Hex;
  valueWei: bigint;
  nonce: bigint;
  gasLimit: bigint;
  gasPriceWei: bigint;
}

const answersSchema = z.array(
  z.object({
    id: z.number(),
    result: hash32Schema.optional(),
    error: z.object({ message: z.string() }).optional(),
  }),
);
const TIMEOUT_MS = 30_000;
const MOST_AT_ONCE = 200;

/**
 * Sends transactions of accounts that a local chain has unlocked, many in one request: `Rpc` sends each on its own, which for
 * the hundred transactions of a round takes three times as long. The node takes them in no certain order.
 * @returns for each the hash, or what the node said against it
 * @throws LPCTL_RPC_UNREACHABLE when the node does not answer
 */
export async function sendTogether(rpc: Rpc, transactions: readonly UnlockedTransaction[]): Promise<({ hash: Hex } | { refusal: string })[]> {
  const parts: (readonly UnlockedTransaction[])[] = [];
  for (let at = 0; at < transactions.length; at += MOST_AT_ONCE) parts.push(transactions.slice(at, at + MOST_AT_ONCE));
  const sent: ({ hash: Hex } | { refusal: string })[] = [];
  for (const part of parts) sent.push(...(await sendPart(rpc, part)));
  return sent;
}

async function sendPart(rpc: Rpc, transactions: readonly UnlockedTransaction[]): Promise<({ hash: Hex } | { refusal: string })[]> {
  const body = JSON.stringify(
    transactions.map(({ from, to, data, valueWei, nonce, gasLimit, gasPriceWei }, id) => ({
      jsonrpc: "2.0",
      id,
      method: "eth_sendTransaction",
      params: [{ from, to, data, value: formatTag(valueWei), nonce: formatTag(nonce), gas: formatTag(gasLimit), gasPrice: formatTag(gasPriceWei) }],
    })),
  );
  const answers = new Map<number, { hash: Hex } | { refusal: string }>();
  try {
    const { text } = await httpPost(rpc.url, { "content-type": "application/json", accept: "application/json" }, body, TIMEOUT_MS);
    for (const { id, result, error } of answersSchema.parse(JSON.parse(text))) {
      answers.set(id, result === undefined ? { refusal: error?.message ?? "the node gave neither a hash nor a reason" } : { hash: result });
    }
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_RPC_UNREACHABLE",
      exit: Exit.network,
      message: `The local chain at ${rpc.origin} did not take ${transactions.length} transactions`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: "lpctl node status",
      cause,
    });
  }
  return transactions.map((_, id) => answers.get(id) ?? { refusal: "the node did not answer" });
}
