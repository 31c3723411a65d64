import { keccak256 } from "ethers/crypto";
import { encodeRlp } from "ethers/utils";
import { z } from "zod";
import type { BlockHeader } from "../../chain/rpc.ts";
import { hash32Schema, type Hex } from "../../protocol/hex.ts";

const bytesSchema = z.string().regex(/^0x[0-9a-fA-F]*$/, "not hex").transform((text) => text.toLowerCase() as Hex);

/**
 * The header of a block as JSON-RPC gives it, without transactions and what else nodes add. Which of the later fields
 * there are depends on the rules of the chain at that block.
 */
export const blockFieldsSchema = z.object({
  hash: hash32Schema,
  parentHash: hash32Schema,
  sha3Uncles: hash32Schema,
  miner: bytesSchema,
  stateRoot: hash32Schema,
  transactionsRoot: hash32Schema,
  receiptsRoot: hash32Schema,
  logsBloom: bytesSchema,
  difficulty: bytesSchema,
  number: bytesSchema,
  gasLimit: bytesSchema,
  gasUsed: bytesSchema,
  timestamp: bytesSchema,
  extraData: bytesSchema,
  mixHash: bytesSchema.optional(),
  nonce: bytesSchema.optional(),
  baseFeePerGas: bytesSchema.optional(),
  withdrawalsRoot: hash32Schema.optional(),
  blobGasUsed: bytesSchema.optional(),
  excessBlobGas: bytesSchema.optional(),
  parentBeaconBlockRoot: hash32Schema.optional(),
  requestsHash: hash32Schema.optional(),
});
export type BlockFields = z.infer<typeof blockFieldsSchema>;

/** In the order in which they are hashed; the later ones end where the chain's rules end. */
const HASHED: readonly { name: Exclude<keyof BlockFields, "hash">; quantity?: true }[] = [
  { name: "parentHash" },
  { name: "sha3Uncles" },
  { name: "miner" },
  { name: "stateRoot" },
  { name: "transactionsRoot" },
  { name: "receiptsRoot" },
  { name: "logsBloom" },
  { name: "difficulty", quantity: true },
  { name: "number", quantity: true },
  { name: "gasLimit", quantity: true },
  { name: "gasUsed", quantity: true },
  { name: "timestamp", quantity: true },
  { name: "extraData" },
  { name: "mixHash" },
  { name: "nonce" },
  { name: "baseFeePerGas", quantity: true },
  { name: "withdrawalsRoot" },
  { name: "blobGasUsed", quantity: true },
  { name: "excessBlobGas", quantity: true },
  { name: "parentBeaconBlockRoot" },
  { name: "requestsHash" },
];

/** keccak-256 of the RLP of a header (Yellow Paper 4.3; EIP-1559, 4895, 4844, 4788, 7685): must be the block's hash. */
export function hashHeader(block: BlockFields): Hex {
  const items = HASHED.flatMap(({ name, quantity }) => {
    const value = block[name];
    if (value === undefined) return [];
    return [quantity === true ? minimalBytes(BigInt(value === "0x" ? 0 : value)) : value];
  });
  return keccak256(encodeRlp(items)) as Hex;
}

/** RLP has no leading zeros, and nothing for zero. */
function minimalBytes(value: bigint): Hex {
  if (value === 0n) return "0x";
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? "" : "0"}${digits}`;
}

export function toBlockHeader(block: BlockFields): BlockHeader {
  return {
    number: BigInt(block.number),
    hash: block.hash,
    timestampSeconds: BigInt(block.timestamp),
    stateRoot: block.stateRoot,
    ...(block.baseFeePerGas === undefined ? {} : { baseFeePerGas: BigInt(block.baseFeePerGas) }),
  };
}
