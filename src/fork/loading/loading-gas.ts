import type { Hex } from "../../protocol/hex.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import { dataGas, NEW_SLOT_GAS } from "../fork-gas.ts";

/** What bringing one delegator in from the chunks costs whoever calls first. */
export const TOUCH_GAS = 107_000n;
/** Proxy, Controller, the loader and whether it was burned. */
const CALL_GAS = 24_000n;
/** The loader's own work for one record: reading it, a hash, and its delegate. */
const TYPED_RECORD_GAS = 1_300n;
/** A byte of code (EIP-170), and its share of what checks and hashes it. */
const CODE_BYTE_GAS = 200n;
const CREATION_GAS = 32_000n;
const CONSTRUCTOR_GAS = 60_000n;
const CHUNK_RECORD_GAS = 600n;
const CHUNK_CALL_GAS = 100_000n;

/** Gas of creating a contract that does little else. @param data of the transaction */
export function deploymentGas(data: Hex, { runtimeBytecode }: Artifact, constructorGas = CONSTRUCTOR_GAS): bigint {
  return dataGas(data).used + CREATION_GAS + (BigInt(runtimeBytecode.length) / 2n) * CODE_BYTE_GAS + constructorGas;
}

/** Gas of one call to `loadDelegators`. @param created slots that had nothing */
export function typedLoadGas(data: Hex, accounts: number, created: number): bigint {
  return dataGas(data).used + CALL_GAS + BigInt(created) * NEW_SLOT_GAS + BigInt(accounts) * TYPED_RECORD_GAS;
}

/** Gas of adding one chunk. @param data of the call */
export function chunkGas(data: Hex, accounts: number): bigint {
  return dataGas(data).used + CHUNK_CALL_GAS + (BigInt(data.length) / 2n) * CODE_BYTE_GAS + BigInt(accounts) * CHUNK_RECORD_GAS;
}
