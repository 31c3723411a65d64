import { openBlock, type BlockReader } from "../../chain/block-reader.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { ContractBlock } from "../contract-block.ts";
import { reorged } from "./tally-errors.ts";

/** Reads the state after the block that decides a vote, and no other. */
export type PinnedReader = BlockReader<ContractBlock>;

/** @throws LPCTL_TALLY_REORG, here and in every reading; LPCTL_ANVIL_STATE_GONE */
export function pinReader(rpc: Rpc, block: ContractBlock): Promise<PinnedReader> {
  return openBlock(rpc, block, reorged);
}
