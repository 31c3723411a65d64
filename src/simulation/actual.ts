import { z } from "zod";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { formatTag, type Receipt, type Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { AddressBook } from "./contract-book.ts";
import { describeDiffs, hashEffects, mergeDiffs } from "./net-changes.ts";
import { observeTransaction, type Observation } from "./observe-transaction.ts";
import { hasFailed } from "./has-failed.ts";
import { observeReplayed } from "./replay.ts";
import type { StateChange } from "../outcome/simulation.ts";

export interface ActualChanges {
  /** Net changes of all transactions together, in the same form and order as those of a simulation. */
  changes: StateChange[];
  effectsHash: Hex;
  /** Transactions that reverted, or whose Safe reported that its call failed. */
  failed: Hex[];
  /** `trace` of the mined transactions, or `replay` of them on a fork because the node offers no traces. */
  source: "trace" | "replay";
}

const minerSchema = z.object({ miner: rpcAddressSchema });

/**
 * What mined transactions really did, to be compared with the simulation (`compareChanges`). Where the node does not
 * trace, each transaction is run again on a fork of the block before it, after the ones that came before it in its block.
 * @throws LPCTL_SIMULATION_NOT_MINED, LPCTL_SIMULATION_REPLAY_DIFFERS and errors of the RPC
 */
export async function readActualChanges(rpc: Rpc, transactionHashes: readonly Hex[], book: AddressBook): Promise<ActualChanges> {
  const found = await Promise.all([...new Set(transactionHashes)].map((hash) => readReceipt(rpc, hash)));
  const receipts = found.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.order - b.order);
  const blocks = [...new Set(receipts.map((receipt) => receipt.blockNumber))];
  const miners = await Promise.all(blocks.map((number) => readMiner(rpc, number)));
  const bookkeeping = new Set<Address>([...miners, ...receipts.map((receipt) => receipt.from)]);

  const observations: Observation[] = [];
  let source: ActualChanges["source"] = "trace";
  for (const receipt of receipts) {
    if (source === "trace") {
      try {
        observations.push(await observeTransaction(rpc, receipt, book));
        continue;
      } catch (error) {
        if (!(error instanceof LpctlError) || error.code !== "LPCTL_SIMULATION_NO_TRACES") throw error;
        source = "replay";
      }
    }
    observations.push(await observeReplayed(rpc, receipt, book));
  }
  const changes = describeDiffs(mergeDiffs(observations.flatMap((observation) => observation.diffs)), {
    book,
    preimages: observations.flatMap((observation) => observation.preimages),
    keys: observations.flatMap((observation) => [...observation.keys]),
    bookkeeping,
  });
  const failed = receipts.filter(hasFailed).map((receipt) => receipt.transactionHash);
  return { changes, effectsHash: hashEffects(changes), failed, source };
}

async function readReceipt(rpc: Rpc, hash: Hex): Promise<Receipt & { order: number }> {
  const [receipt, place] = await Promise.all([
    rpc.receipt(hash),
    rpc.request("eth_getTransactionByHash", [hash], z.object({ transactionIndex: z.string().nullish() }).nullable()),
  ]);
  if (receipt !== null) return { ...receipt, order: Number(place?.transactionIndex ?? 0) };
  throw new LpctlError({
    code: "LPCTL_SIMULATION_NOT_MINED",
    exit: Exit.waiting,
    message: `Transaction ${hash} is not mined on the chain at ${rpc.origin}`,
    why: "it is still pending, was replaced, or belongs to another chain",
    next: "Try again when it is mined",
    details: { transaction: hash },
  });
}

async function readMiner(rpc: Rpc, block: bigint): Promise<Address> {
  return (await rpc.request("eth_getBlockByNumber", [formatTag(block), false], minerSchema)).miner;
}
