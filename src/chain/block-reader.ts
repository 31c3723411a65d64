import type { z } from "zod";
import { LpctlError } from "../errors.ts";
import { hexSchema, type Address, type Hex } from "../protocol/hex.ts";
import { formatTag, type Rpc } from "./rpc.ts";
import type { SendOptions } from "./rpc-transport.ts";
import { saysStateIsGone, stateGone } from "./state-gone.ts";

export interface ReadBlock {
  number: bigint;
  hash: Hex;
}

/** A question with a place for the block: `params` gets what names it, and gives the whole list of parameters. */
export interface BlockQuestion<T> {
  method: string;
  params: (at: unknown) => unknown[];
  schema: z.ZodType<T>;
  options?: SendOptions;
}

/** Reads the state after one block, named by its hash, so that no reorganisation can mix two states. */
export interface BlockReader<B extends ReadBlock = ReadBlock> {
  readonly rpc: Rpc;
  readonly block: B;
  /** The node takes a block's hash for a block: no answer can be of another one. */
  readonly takesHash: boolean;
  /** @throws LPCTL_CHAIN_CALL_REVERTED, LPCTL_ANVIL_STATE_GONE, what a replaced block is reported with, and what `Rpc` throws */
  ask<T>(question: BlockQuestion<T>): Promise<T>;
  /** Returned bytes. @throws like `ask` */
  call(to: Address, data: Hex, isTransaction?: boolean): Promise<Hex>;
  code(address: Address): Promise<Hex>;
  /** @throws what a replaced block is reported with, unless the block is still the one of its number */
  requireSame(): Promise<void>;
}

/**
 * Questions are bound to the block's hash (EIP-1898); where a node does not know that, to its number, and the hash is compared
 * before and after.
 * @param reorged makes the error for a block that was replaced; `now` is undefined where the node has no such block any more
 */
export async function openBlock<B extends ReadBlock>(rpc: Rpc, block: B, reorged: (number: bigint, before: Hex, now: Hex | undefined) => LpctlError): Promise<BlockReader<B>> {
  const byHash = { blockHash: block.hash, requireCanonical: true };
  const takesHash = await rpc.request("eth_getCode", ["0x0000000000000000000000000000000000000001", byHash], hexSchema).then(
    () => true,
    async (error: unknown) => {
      const explained = await explain(error);
      // The block is there, and so is its state: it is the question that the node does not understand.
      if (explained === error && error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return false;
      throw explained;
    },
  );
  const at = takesHash ? byHash : formatTag(block.number);

  async function readHash(): Promise<Hex | undefined> {
    return rpc.block(block.number).then(
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

  async function ask<T>({ method, params, schema, options }: BlockQuestion<T>): Promise<T> {
    try {
      return await rpc.request(method, params(at), schema, options);
    } catch (error) {
      throw await explain(error);
    }
  }

  return {
    rpc,
    block,
    takesHash,
    ask,
    call: (to, data, isTransaction = false) => ask({ method: "eth_call", params: (of) => [{ to, data }, of], schema: hexSchema, options: { isTransaction } }),
    code: (address) => ask({ method: "eth_getCode", params: (of) => [address, of], schema: hexSchema }),
    requireSame,
  };
}
