import type { Rpc } from "../chain/rpc.ts";
import { ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "./bundle.ts";
import { approvedHashSlot } from "./execute.ts";
import { approvedHashSignature } from "./signature.ts";

/** Those of the owners who have approved a Safe transaction on chain (`approveHash`), in the given order. */
export async function readApprovers(rpc: Rpc, safe: Address, safeTxHash: Hex, owners: readonly Address[]): Promise<Address[]> {
  const words = await Promise.all(owners.map((owner) => rpc.storage(safe, approvedHashSlot(owner, safeTxHash))));
  return owners.filter((_, index) => words[index] !== ZERO_HASH);
}

/**
 * A bundle with what the chain knows besides: where signatures by keys are too few, the approvals of other owners. They
 * count like signatures. Not to be kept: whoever needs them reads them anew.
 */
export async function withApprovals(rpc: Rpc, bundle: SafeBundle, { owners, threshold }: { owners: readonly Address[]; threshold: bigint }): Promise<SafeBundle> {
  const signedByKey = bundle.signatures.filter(({ owner, kind }) => owners.includes(owner) && (kind === "eip712" || kind === "eth-sign")).map(({ owner }) => owner);
  if (BigInt(signedByKey.length) >= threshold) return bundle;
  const approvers = await readApprovers(rpc, bundle.safe.address, bundle.hashes.safeTxHash, owners.filter((owner) => !signedByKey.includes(owner)));
  return { ...bundle, signatures: [...bundle.signatures.filter(({ owner }) => !approvers.includes(owner)), ...approvers.map(approvedHashSignature)] };
}
