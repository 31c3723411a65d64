import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";

export interface GuardianFacts {
  guardian: Address;
  expiresAtSeconds: bigint;
}

/** A VetoGuardian answers `guardian()`, `expiresAt()` and `timelock()`. */
export async function recogniseGuardian(rpc: Rpc, address: Address): Promise<GuardianFacts | undefined> {
  const [guardian, expiresAt, timelock] = await Promise.all([
    tryReadFunction(rpc, address, "function guardian() view returns (address)"),
    tryReadFunction(rpc, address, "function expiresAt() view returns (uint256)"),
    tryReadFunction(rpc, address, "function timelock() view returns (address)"),
  ]);
  if (guardian === undefined || expiresAt === undefined || timelock === undefined) return undefined;
  return { guardian: guardian[0] as Address, expiresAtSeconds: expiresAt[0] as bigint };
}
