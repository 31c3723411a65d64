import { getAddress } from "ethers/address";
import { z } from "zod";
import { hash32Schema, hexSchema, quantitySchema } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** The shapes that nodes answer with, parsed into ours: bigint quantities, lower-case bytes, EIP-55 addresses. */

export interface BlockHeader {
  number: bigint;
  hash: Hex;
  timestampSeconds: bigint;
  stateRoot?: Hex;
  baseFeePerGas?: bigint;
}
export interface Log {
  address: Address;
  topics: Hex[];
  data: Hex;
  blockNumber: bigint;
  transactionHash: Hex;
  logIndex: bigint;
}
export interface Receipt {
  transactionHash: Hex;
  blockNumber: bigint;
  blockHash: Hex;
  status: "success" | "reverted";
  gasUsed: bigint;
  effectiveGasPrice: bigint;
  contractAddress: Address | null;
  logs: Log[];
  from: Address;
  to: Address | null;
}

// A checksum costs a keccak; a long list of logs repeats a handful of addresses.
const checksummed = new Map<string, Address>();

export const rpcAddressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .transform((text): Address => {
    const key = text.toLowerCase();
    const known = checksummed.get(key);
    if (known !== undefined) return known;
    const address = getAddress(key) as Address;
    if (checksummed.size > 10_000) checksummed.clear();
    checksummed.set(key, address);
    return address;
  });

export const blockSchema = z
  .object({
    number: quantitySchema,
    hash: hash32Schema,
    timestamp: quantitySchema,
    stateRoot: hash32Schema.nullish(),
    baseFeePerGas: quantitySchema.nullish(),
  })
  .transform(
    (block): BlockHeader => ({
      number: block.number,
      hash: block.hash,
      timestampSeconds: block.timestamp,
      ...(block.stateRoot ? { stateRoot: block.stateRoot } : {}),
      ...(block.baseFeePerGas === undefined || block.baseFeePerGas === null ? {} : { baseFeePerGas: block.baseFeePerGas }),
    }),
  );

export const logSchema = z
  .object({
    address: rpcAddressSchema,
    topics: z.array(hash32Schema).max(4),
    data: hexSchema,
    blockNumber: quantitySchema,
    transactionHash: hash32Schema,
    logIndex: quantitySchema,
  })
  .transform((log): Log => log);

export const receiptSchema = z
  .object({
    transactionHash: hash32Schema,
    blockNumber: quantitySchema,
    blockHash: hash32Schema,
    status: z.enum(["0x0", "0x1"]),
    gasUsed: quantitySchema,
    effectiveGasPrice: quantitySchema.nullish(),
    contractAddress: rpcAddressSchema.nullish(),
    logs: z.array(logSchema),
    from: rpcAddressSchema,
    to: rpcAddressSchema.nullish(),
  })
  .transform(
    (receipt): Receipt => ({
      ...receipt,
      status: receipt.status === "0x1" ? "success" : "reverted",
      effectiveGasPrice: receipt.effectiveGasPrice ?? 0n,
      contractAddress: receipt.contractAddress ?? null,
      to: receipt.to ?? null,
    }),
  );
