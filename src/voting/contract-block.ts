import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import { formatTag, type BlockTag, type Rpc } from "../chain/rpc.ts";
import { hash32Schema, quantitySchema, type Hex } from "../protocol/hex.ts";

/** A block of the chain, and the number that contracts see in it. */
export interface ContractBlock {
  /** Of the chain's own numbering: what logs and `eth_call` speak of. */
  number: bigint;
  hash: Hex;
  timestampSeconds: bigint;
  /** `block.number` as contracts see it: that of Ethereum on Arbitrum, where many blocks share one and some are skipped. */
  contractNumber: bigint;
}

const schema = z
  .object({ number: quantitySchema, hash: hash32Schema, timestamp: quantitySchema, l1BlockNumber: quantitySchema.nullish() })
  .transform(
    (block): ContractBlock => ({
      number: block.number,
      hash: block.hash,
      timestampSeconds: block.timestamp,
      contractNumber: block.l1BlockNumber ?? block.number,
    }),
  );

/** @throws LPCTL_CHAIN_NO_BLOCK when the node does not have the block. */
export async function readContractBlock(rpc: Rpc, tag: BlockTag): Promise<ContractBlock> {
  const block = await rpc.request("eth_getBlockByNumber", [formatTag(tag), false], schema.nullable());
  if (block !== null) return block;
  throw new LpctlError({
    code: "LPCTL_CHAIN_NO_BLOCK",
    exit: Exit.network,
    message: `The RPC at ${rpc.origin} does not have block ${String(tag)}`,
    why: "The block is not mined yet, or the node is behind or pruned.",
    next: "Check the block number, or use an archive node.",
    details: { block: String(tag) },
  });
}

/**
 * The last block in which contracts saw a number up to this one: where a poll that ended with it is tallied. The latest block where
 * that number has not been passed. Searched by halves in the headers: nothing else on Arbitrum tells it reliably.
 */
export async function readLastBlockUpTo(rpc: Rpc, contractNumber: bigint): Promise<ContractBlock> {
  const latest = await readContractBlock(rpc, "latest");
  if (latest.contractNumber <= contractNumber) return latest;
  if (latest.contractNumber === latest.number) return readContractBlock(rpc, contractNumber);
  let low = await readContractBlock(rpc, 0n);
  let high = latest;
  if (low.contractNumber > contractNumber) return low;
  // `low` is at or before the number, `high` is after it.
  while (high.number - low.number > 1n) {
    const middle = await readContractBlock(rpc, (low.number + high.number) / 2n);
    if (middle.contractNumber <= contractNumber) low = middle;
    else high = middle;
  }
  return low;
}
