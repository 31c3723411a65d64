import { z } from "zod";
import { openBlock, type BlockReader, type ReadBlock } from "../../chain/block-reader.ts";
import { MULTICALL3 } from "../../chain/bulk-calls.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { Pace } from "./pace.ts";
import { replacedWhileRead } from "./read-errors.ts";
import { bytesOf, decodeLens, slotLensCall } from "./slot-lens.ts";

/** What one node can do for reading one block in bulk, and how much of it at once; learnt once, for all contracts. */
export interface BulkSource {
  readonly reader: BlockReader;
  readonly chainId: bigint;
  /** `eth_call` takes another code for a contract. */
  takesOverrides: boolean;
  readonly hasMulticall: boolean;
  readonly paces: Readonly<Record<"slotLens" | "codeLens" | "getterLens" | "multicall" | "slots" | "calls", Pace>>;
}

/** Has no code and no storage on any chain. */
const NOBODY: Address = "0x000000000000000000000000006c7063746c0001";

const sources = new WeakMap<Rpc, Map<Hex, Promise<BulkSource>>>();

/** @throws LPCTL_SNAPSHOT_REORG, LPCTL_ANVIL_STATE_GONE, and what `Rpc` throws */
export function openSource(rpc: Rpc, block: ReadBlock): Promise<BulkSource> {
  const known = sources.get(rpc) ?? new Map<Hex, Promise<BulkSource>>();
  sources.set(rpc, known);
  const before = known.get(block.hash);
  if (before !== undefined) return before;
  const source = probe(rpc, block);
  known.set(block.hash, source);
  source.catch(() => known.delete(block.hash));
  return source;
}

async function probe(rpc: Rpc, block: ReadBlock): Promise<BulkSource> {
  const reader = await openBlock(rpc, block, replacedWhileRead);
  const [chainId, takesOverrides, multicall] = await Promise.all([rpc.chainId(), probeOverrides(reader), reader.code(MULTICALL3)]);
  return {
    reader,
    chainId,
    takesOverrides,
    hasMulticall: multicall !== "0x",
    // A batch of JSON-RPC has 100 questions at most: the transport makes no larger ones.
    paces: { slotLens: new Pace(4_000, 16_000), codeLens: new Pace(4_000, 16_000), getterLens: new Pace(1_000, 4_000), multicall: new Pace(400, 1_000), slots: new Pace(100, 100), calls: new Pace(100, 100) },
  };
}

/** Whether a lens in the place of nothing answers as a lens does. */
async function probeOverrides(reader: BlockReader): Promise<boolean> {
  const slot = bytesOf(ZERO_HASH.slice(2));
  try {
    const answer = await reader.ask({ method: "eth_call", params: (at) => slotLensCall(NOBODY, slot, at), schema: z.string() });
    const words = decodeLens(answer);
    return words?.length === 32 && words.every((byte) => byte === 0);
  } catch (error) {
    const refusals = ["LPCTL_RPC_ERROR", "LPCTL_RPC_BAD_ANSWER", "LPCTL_RPC_NOT_JSON", "LPCTL_CHAIN_CALL_REVERTED"];
    if (error instanceof LpctlError && refusals.includes(error.code) && error.details?.["status"] !== 429) return false;
    throw error;
  }
}
