import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { requireHashAgreement, requireOfflineHashAgreement } from "../safe/agree.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { readSafe } from "../safe/read-safe.ts";
import type { Project } from "../inspection/project.ts";

/** Two implementations must agree on the hashes. Owners are unknown without a network. */
export async function requireOfflineAgreement(bundle: SafeBundle): Promise<undefined> {
  await requireOfflineHashAgreement({
    chainId: bundle.chainId,
    safe: bundle.safe,
    tx: bundle.transaction,
    expected: bundle.hashes.safeTxHash,
  });
  return undefined;
}

/**
 * As offline, and the Safe on chain must agree too, be the Safe the bundle says, and not have used the nonce.
 * @returns the Safe's owners
 * @throws LPCTL_BUNDLE_OTHER_CHAIN, LPCTL_BUNDLE_STALE_NONCE, and what readSafe and requireHashAgreement throw
 */
export async function requireOnlineAgreement(project: Project, bundle: SafeBundle): Promise<Address[]> {
  if (bundle.chainId !== project.chainId) {
    throw new LpctlError({
      code: "LPCTL_BUNDLE_OTHER_CHAIN",
      exit: Exit.refused,
      message: `This file is for chain ${bundle.chainId}, and ${project.network} is chain ${project.chainId}`,
      next: "Choose the network it was made for: --network NAME",
    });
  }
  const safe = await readSafe(project.rpc, bundle.safe.address);
  if (bundle.transaction.nonce < safe.nonce) {
    throw new LpctlError({
      code: "LPCTL_BUNDLE_STALE_NONCE",
      exit: Exit.refused,
      message: `Nonce ${bundle.transaction.nonce} of the Safe is used; its nonce is ${safe.nonce}`,
      why: "another transaction was executed with it, or this one",
      next: "Prepare the proposal again",
    });
  }
  await requireHashAgreement({ rpc: project.rpc, safe, tx: bundle.transaction, expected: bundle.hashes.safeTxHash });
  return safe.owners;
}
