import { z } from "zod";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import type { Address } from "../../protocol/hex.ts";

const blockSchema = z.object({ transactions: z.array(z.object({ from: z.string(), to: z.string().nullable(), input: z.string(), value: z.string() })) });

/** What each transaction of an account does (to whom, call data, value), in the order in which they were mined, after a block. */
export async function readSentBy(rpc: Rpc, from: Address, afterBlock: bigint): Promise<string[]> {
  const head = await rpc.blockNumber();
  const numbers = Array.from({ length: Number(head - afterBlock) }, (_, index) => afterBlock + 1n + BigInt(index));
  const blocks = await Promise.all(numbers.map((number) => rpc.request("eth_getBlockByNumber", [formatTag(number), true], blockSchema)));
  return blocks
    .flatMap(({ transactions }) => transactions)
    .filter((transaction) => transaction.from.toLowerCase() === from.toLowerCase())
    .map(({ to, input, value }) => `${to ?? "deployment"} ${input} ${value}`);
}

/** How often each is there more often in the one than in the other. */
export function countMore(these: readonly string[], than: readonly string[]): number {
  const left = new Map<string, number>();
  for (const one of than) left.set(one, (left.get(one) ?? 0) + 1);
  let more = 0;
  for (const one of these) {
    const count = left.get(one) ?? 0;
    if (count === 0) more += 1;
    else left.set(one, count - 1);
  }
  return more;
}
