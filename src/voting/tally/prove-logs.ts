import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import { logSchema } from "../../chain/rpc-schemas.ts";
import type { Log, Rpc } from "../../chain/rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { logsIncomplete } from "./tally-errors.ts";

/** Blocks whose filters are looked at: all of a range that is no longer, else as many, evenly spread. */
const MOST_BLOCKS = 2_048n;
const BLOCKS_AT_ONCE = 400;

export interface LogsProven {
  blocks: bigint;
  ofBlocks: bigint;
}

const headerSchema = z.object({ hash: hash32Schema, logsBloom: z.string().regex(/^0x[0-9a-fA-F]{512}$/, "not a bloom filter").nullish() }).nullable();

/**
 * Compares what an RPC gave as logs with the bloom filters in the headers of the blocks (Yellow Paper 4.3.1). A block whose
 * filter has the address and a topic, and from which nothing came, is asked by itself, by its hash: filters say yes too
 * often, never no too often. So a node that keeps old logs from us is found out where it answers about that block.
 * @throws LPCTL_TALLY_LOGS_INCOMPLETE
 */
export async function proveLogs(
  rpc: Rpc,
  { address, topics, fromBlock, toBlock, seen, counts }: { address: Address; topics: readonly Hex[]; fromBlock: bigint; toBlock: bigint; seen: ReadonlySet<bigint>; counts: (log: Log) => boolean },
  progress: (what: string) => void,
): Promise<LogsProven> {
  const ofBlocks = toBlock - fromBlock + 1n;
  const numbers = chooseBlocks(fromBlock, toBlock);
  const addressBits = bloomBits(address);
  const topicBits = topics.map(bloomBits);
  let blocks = 0n;
  for (let start = 0; start < numbers.length; start += BLOCKS_AT_ONCE) {
    const part = numbers.slice(start, start + BLOCKS_AT_ONCE);
    const headers = await Promise.all(part.map((number) => rpc.request("eth_getBlockByNumber", [formatTag(number), false], headerSchema)));
    for (const [index, header] of headers.entries()) {
      const number = part[index] ?? 0n;
      if (header?.logsBloom === undefined || header.logsBloom === null) continue;
      const bloom = header.logsBloom;
      const may = hasBits(bloom, addressBits) && topicBits.some((bits) => hasBits(bloom, bits));
      // Some chains keep no filters: then they prove nothing.
      if (seen.has(number) && BigInt(bloom) === 0n) return { blocks: 0n, ofBlocks };
      if (!may && seen.has(number)) throw logsIncomplete(address, `block ${number} gave a vote that its own header does not have`, { block: number });
      if (may && !seen.has(number)) await requireNone(rpc, { address, topics, number, hash: header.hash, counts });
      blocks += 1n;
    }
    if (numbers.length > BLOCKS_AT_ONCE) progress(`Headers of ${Math.min(start + BLOCKS_AT_ONCE, numbers.length)} of ${numbers.length} blocks compared with the logs`);
  }
  return { blocks, ofBlocks };
}

async function requireNone(rpc: Rpc, { address, topics, number, hash, counts }: { address: Address; topics: readonly Hex[]; number: bigint; hash: Hex; counts: (log: Log) => boolean }): Promise<void> {
  const logs = await rpc.request("eth_getLogs", [{ address, topics: [topics], blockHash: hash }], z.array(logSchema));
  if (!logs.some(counts)) return requireNoneInReceipts(rpc, { address, topics, number, hash, counts });
  throw logsIncomplete(address, `asked for a range of blocks it gave no vote in block ${number}, asked for that block alone it gives ${logs.length}`, { block: number });
}

const receiptsSchema = z.array(z.object({ logs: z.array(logSchema) })).nullable();

/** A node whose index of logs has a hole says the same of the block alone; its receipts do not come from that index. */
async function requireNoneInReceipts(rpc: Rpc, { address, topics, number, hash, counts }: { address: Address; topics: readonly Hex[]; number: bigint; hash: Hex; counts: (log: Log) => boolean }): Promise<void> {
  const receipts = await rpc.request("eth_getBlockReceipts", [hash], receiptsSchema).catch((error: unknown) => {
    // Not every node has the method.
    if (error instanceof LpctlError && (error.code === "LPCTL_RPC_ERROR" || error.code === "LPCTL_RPC_BAD_ANSWER")) return null;
    throw error;
  });
  const logs = (receipts ?? []).flatMap((receipt) => receipt.logs).filter((log) => log.address === address && topics.some((topic) => topic === log.topics[0]));
  if (!logs.some(counts)) return;
  throw logsIncomplete(address, `it gives no vote in block ${number}, and the receipts of that block have ${logs.length}`, { block: number });
}

function chooseBlocks(from: bigint, to: bigint): bigint[] {
  const span = to - from + 1n;
  if (span <= MOST_BLOCKS) return Array.from({ length: Number(span) }, (_, index) => from + BigInt(index));
  return Array.from({ length: Number(MOST_BLOCKS) }, (_, index) => from + (BigInt(index) * (span - 1n)) / (MOST_BLOCKS - 1n));
}

/** The three bits that some bytes set in a filter of 2048. */
function bloomBits(bytes: Hex): number[] {
  const hash = keccak256(bytes.toLowerCase());
  return [0, 4, 8].map((at) => Number.parseInt(hash.slice(2 + at, 6 + at), 16) & 2047);
}

/** Bit 0 is the last one. */
function hasBits(bloom: string, bits: readonly number[]): boolean {
  return bits.every((bit) => {
    const digit = bloom.length - 1 - Math.floor(bit / 4);
    return (Number.parseInt(bloom.charAt(digit), 16) & (1 << (bit % 4))) !== 0;
  });
}
