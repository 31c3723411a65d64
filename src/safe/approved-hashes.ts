import type { Rpc } from "../chain/rpc.ts";
import { ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { approvedHashSlot } from "./execute.ts";

/** Those of the owners who have approved a Safe transaction on chain (`approveHash`), in the given order. */
export async function readApprovers(rpc: Rpc, safe: Address, safeTxHash: Hex, owners: readonly Address[]): Promise<Address[]> {
  const words = await Promise.all(owners.map((owner) => rpc.storage(safe, approvedHashSlot(owner, safeTxHash))));
  return owners.filter((_, index) => words[index] !== ZERO_HASH);
}
