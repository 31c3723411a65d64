import type { Rpc } from "../../chain/rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import { saysStateIsGone, stateGone } from "../../chain/state-gone.ts";
import { LpctlError } from "../../errors.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { readContractBlock, type ContractBlock } from "../contract-block.ts";
import { reorged } from "./tally-errors.ts";

/** Reads the state after one block, named by its hash, so that no reorganisation can mix two states. */
export interface PinnedReader {
  readonly rpc: Rpc;
  readonly block: ContractBlock;
  /** Returned bytes. @throws LPCTL_CHAIN_CALL_REVERTED, LPCTL_ANVIL_STATE_GONE, LPCTL_TALLY_REORG */
  call(to: Address, data: Hex, isTransaction?: boolean): Promise<Hex>;
  code(address: Address): Promise<Hex>;
  /** The block is still the one of its number. @throws LPCTL_TALLY_REORG */
  requireSame(): Promise<void>;
}

/**
 * Calls are bound to the block's hash (EIP-1898); where a node does not know that, to its number, and the hash is compared
 * before and after.
 */
export async function pinReader(rpc: Rpc, block: ContractBlock): Promise<PinnedReader> {
  const byHash = { blockHash: block.hash, requireCanonical: true };
  const byNumber = formatTag(block.number);
  const takesHash = await rpc.request("eth_getCode", ["0x0000000000000000000000000000000000000001", byHash], hexSchema).then(
    () => true,
    async (error: unknown) => {
      const explained = await explain(error);
      // The block is there, and so is its state: it is the question that the node does not understand.
      if (explained === error && error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return false;
      throw explained;
    },
  );
  const at = takesHash ? byHash : byNumber;

  async function readHash(): Promise<Hex | undefined> {
    return readContractBlock(rpc, block.number).then(
      ({ hash }) => hash,
      (error: unknown) => {
        if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_NO_BLOCK") return undefined;
        throw error;
      },
    );
  }

  async function explain(error: unknown): Promise<unknown> {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR") return error;
    const now = await readHash();
    if (now !== block.hash) return reorged(block.number, block.hash, now);
    return saysStateIsGone(String(error.details?.["rpcMessage"])) ? stateGone(rpc.origin, block.number) : error;
  }

  async function requireSame(): Promise<void> {
    const now = await readHash();
    if (now !== block.hash) throw reorged(block.number, block.hash, now);
  }

  return {
    rpc,
    block,
    call: async (to, data, isTransaction = false) => {
      try {
        return await rpc.request("eth_call", [{ to, data }, at], hexSchema, { isTransaction });
      } catch (error) {
        throw await explain(error);
      }
    },
    code: async (address) => {
      try {
        return await rpc.request("eth_getCode", [address, at], hexSchema);
      } catch (error) {
        throw await explain(error);
      }
    },
    requireSame,
  };
}
