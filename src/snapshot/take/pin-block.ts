import { z } from "zod";
import type { ReadBlock } from "../../chain/block-reader.ts";
import { noBlock } from "../../chain/rpc-errors.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_HASH, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { replacedWhileRead } from "../read/read-errors.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../trie/block-header.ts";
import { chainTooShort, headerFalse, noFinality, noStateRoot, notFinal } from "./take-errors.ts";

/** Why a block will not be replaced any more. */
export type Finality =
  /** The chain says so itself. */
  | { by: "finalized" }
  | { by: "confirmations"; confirmations: bigint }
  /** A chain on this machine, which replaces no blocks. */
  | { by: "local" };

export interface PinnedBlock extends ReadBlock {
  /** Its hash was computed. */
  header: BlockFields;
  finality: Finality;
  isLocal: boolean;
}

export interface PinOptions {
  /** A number, or a hash. Default: the last one that is final. */
  block?: bigint | Hex | undefined;
  /** Where the chain names no final block, or another depth is wanted. */
  confirmations?: bigint | undefined;
}

/**
 * Chooses the block of a snapshot, and makes sure that it is final and that the header is the one of its hash.
 * @throws LPCTL_SNAPSHOT_NOT_FINAL, LPCTL_SNAPSHOT_NO_FINALITY, LPCTL_SNAPSHOT_HEADER_FALSE, LPCTL_SNAPSHOT_NO_STATE_ROOT,
 * LPCTL_SNAPSHOT_REORG, LPCTL_CHAIN_NO_BLOCK, and what `Rpc` throws
 */
export async function pinBlock(rpc: Rpc, { block, confirmations }: PinOptions): Promise<PinnedBlock> {
  const isLocal = await isDevelopmentChain(rpc);
  const { last, finality } = await lastFinalBlock(rpc, isLocal, confirmations);
  const header = await readHeader(rpc, block ?? last);
  const number = BigInt(header.number);
  if (number > last) throw notFinal(number, last, describeFinality(finality));
  const hashed = hashHeader(header);
  if (hashed !== header.hash || (typeof block === "string" && header.hash !== block)) throw headerFalse(rpc.origin, { number, hash: typeof block === "string" ? block : header.hash }, hashed);
  if (typeof block === "string") {
    const canonical = await readHeader(rpc, number);
    if (canonical.hash !== header.hash) throw replacedWhileRead(number, header.hash, canonical.hash);
  }
  if (header.stateRoot === ZERO_HASH) throw noStateRoot(number);
  return { number, hash: header.hash, header, finality, isLocal };
}

export function describeFinality(finality: Finality): string {
  switch (finality.by) {
    case "finalized":
      return "the chain says that it is final";
    case "confirmations":
      return `${finality.confirmations} blocks are on top of it`;
    case "local":
      return "a local chain replaces no blocks";
  }
}

/** A block as a person names it: its number or its hash. @throws LPCTL_USAGE_NOT_A_BLOCK */
export function parseBlockReference(text: string | undefined): bigint | Hex | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,18}$/.test(text)) return BigInt(text);
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex;
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_A_BLOCK",
    exit: Exit.usage,
    message: `--block takes the number of a block, or its hash, not "${printable(text)}"`,
    next: "lpctl snapshot take --help",
  });
}

async function lastFinalBlock(rpc: Rpc, isLocal: boolean, confirmations: bigint | undefined): Promise<{ last: bigint; finality: Finality }> {
  if (confirmations !== undefined) {
    const head = await rpc.blockNumber();
    if (head < confirmations) throw chainTooShort(head, confirmations);
    return { last: head - confirmations, finality: { by: "confirmations", confirmations } };
  }
  if (isLocal) return { last: await rpc.blockNumber(), finality: { by: "local" } };
  const block = await rpc.request("eth_getBlockByNumber", ["finalized", false], blockFieldsSchema.nullable()).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR" && error.details?.["status"] === undefined) return null;
    throw error;
  });
  if (block === null) throw noFinality(rpc.origin);
  return { last: BigInt(block.number), finality: { by: "finalized" } };
}

async function readHeader(rpc: Rpc, block: bigint | Hex): Promise<BlockFields> {
  const [method, at] = typeof block === "bigint" ? ["eth_getBlockByNumber", formatTag(block)] : ["eth_getBlockByHash", block];
  const header = await rpc.request(method, [at, false], blockFieldsSchema.nullable());
  if (header === null) throw noBlock(rpc.origin, String(block));
  return header;
}

/** A chain of a tool on somebody's machine. */
export async function isDevelopmentChain(rpc: Rpc): Promise<boolean> {
  return rpc.request("web3_clientVersion", [], z.string()).then(
    (version) => /^(anvil|hardhat)/i.test(version),
    (error: unknown) => {
      if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return false;
      throw error;
    },
  );
}
