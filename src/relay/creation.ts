import { AbiCoder, Interface } from "ethers/abi";
import { z } from "zod";
import type { Rpc } from "../chain/rpc.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { hexSchema } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { safeProxyFactoryAbi } from "../protocol/abi/safe.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { decodeData } from "./decode-data.ts";
import type { DecodedData } from "./decode-data.ts";

/** How a Safe came to be, as the service tells it. */
export interface Creation {
  createdMs: number;
  creator: Address;
  transactionHash: Hex;
  factoryAddress: Address;
  masterCopy: Address;
  setupData: Hex | null;
  saltNonce: string | null;
  dataDecoded: DecodedData | null;
  userOperation: null;
}

/** keccak-256 of `SafeSetup(address,address[],uint256,address,address)` and `ProxyCreation(address,address)`. */
const SAFE_SETUP: Hex = "0x141df868a6331af528e38c83b7aa03edc19be66e37ae67f9285bf4f8e3c6a1a8";
const PROXY_CREATION: Hex = "0x4f51faf6c4561ff95f067657e43439f0f856d97c04d9ec9070a6199ad418e235";
const FACTORY = new Interface(safeProxyFactoryAbi);
const transactionSchema = z.object({ from: rpcAddressSchema, input: hexSchema });

/**
 * Finds the block in which the code of a Safe appeared, and in it the transaction that set it up.
 * @returns undefined where the node does not know states that old, or the Safe was made in a way no factory of Safe makes one
 */
export async function readCreation(rpc: Rpc, safe: SafeFacts): Promise<Creation | undefined> {
  const blockNumber = await firstBlockOf(rpc, safe).catch(() => undefined);
  if (blockNumber === undefined) return undefined;
  const [setup] = await rpc.logs({ address: safe.address, topics: [SAFE_SETUP], fromBlock: blockNumber, toBlock: blockNumber });
  if (setup === undefined) return undefined;
  const { transactionHash } = setup;
  const [receipt, transaction, block] = await Promise.all([rpc.receipt(transactionHash), rpc.request("eth_getTransactionByHash", [transactionHash], transactionSchema.nullable()), rpc.block(blockNumber)]);
  const created = receipt?.logs.find(({ topics, data }) => topics[0] === PROXY_CREATION && `${topics[1] ?? ""}${data}`.toLowerCase().includes(safe.address.slice(2).toLowerCase()));
  if (created === undefined || transaction === null) return undefined;
  const call = findFactoryCall(transaction.input);
  // Before 1.4.1 the proxy was not indexed, and stood before the singleton.
  const singleton = created.topics.length > 1 ? created.data : `0x${created.data.slice(66)}`;
  return {
    createdMs: Number(block.timestampSeconds) * 1000,
    creator: transaction.from,
    transactionHash,
    factoryAddress: created.address,
    masterCopy: String(AbiCoder.defaultAbiCoder().decode(["address"], singleton)[0]) as Address,
    setupData: call?.initializer ?? null,
    saltNonce: call === undefined ? null : String(call.saltNonce),
    dataDecoded: call === undefined ? null : decodeData(call.initializer),
    userOperation: null,
  };
}

/** Halves the chain: there is code at the end, and none at the beginning. */
async function firstBlockOf(rpc: Rpc, safe: SafeFacts): Promise<bigint> {
  let without = -1n;
  let withCode = safe.blockNumber;
  while (withCode - without > 1n) {
    const middle = (withCode + without) / 2n;
    if ((await rpc.code(safe.address, middle)) === "0x") without = middle;
    else withCode = middle;
  }
  return withCode;
}

/** Only of a transaction that calls the factory itself. */
function findFactoryCall(input: Hex): { initializer: Hex; saltNonce: bigint } | undefined {
  try {
    const [, initializer, saltNonce] = FACTORY.decodeFunctionData("createProxyWithNonce", input) as unknown as [string, Hex, bigint];
    return { initializer, saltNonce };
  } catch {
    return undefined;
  }
}
