import { z } from "zod";
import { noBlock } from "../chain/rpc-errors.ts";
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
  const asked = schema.refine(({ number }) => typeof tag !== "bigint" || number === tag, "it is another block");
  const block = await rpc.request("eth_getBlockByNumber", [formatTag(tag), false], asked.nullable());
  if (block !== null) return block;
  throw noBlock(rpc.origin, String(tag));
}

/**
 * The last block in which contracts saw a number up to this one: where a poll that ended with it is tallied. The latest block where
 * that number has not been passed. Searched by halves in the headers: nothing else on Arbitrum tells it reliably.
 */
export async function readLastBlockUpTo(rpc: Rpc, contractNumber: bigint): Promise<ContractBlock> {
  const latest = await readContractBlock(rpc, "latest");
  if (latest.contractNumber <= contractNumber) return latest;
  if (latest.contractNumber === latest.number) return readContractBlock(rpc, contractNumber);
  // Before `after` contracts saw at most the number, from `high` on they saw more.
  let last: ContractBlock | undefined;
  let after = 0n;
  let high = latest.number;
  while (after < high) {
    const middle = await readContractBlock(rpc, (after + high) / 2n);
    if (middle.contractNumber > contractNumber) high = middle.number;
    else {
      last = middle;
      after = middle.number + 1n;
    }
  }
  return last ?? readContractBlock(rpc, 0n);
}
