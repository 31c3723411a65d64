import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { requireHashAgreement, requireOfflineHashAgreement, type HashAgreement, type HashQuestion } from "../../safe/agree.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { requireOpenNonce } from "../../safe/diagnose-execution.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import type { Project } from "../../inspection/project.ts";

/** Who gave the hash that all gave, and the Safe's owners. */
export interface BundleAgreement {
  agreed: HashAgreement["agreed"];
  /** Undefined without a network. */
  safe: SafeFacts | undefined;
  owners: readonly Address[] | undefined;
}

/** Every implementation on this machine must agree on the hashes. Owners are unknown without a network. */
export async function requireOfflineAgreement(bundle: SafeBundle, options: Pick<HashQuestion, "selfCalls"> = {}): Promise<BundleAgreement> {
  const { agreed } = await requireOfflineHashAgreement({
    chainId: bundle.chainId,
    safe: bundle.safe,
    tx: bundle.transaction,
    expected: bundle.hashes.safeTxHash,
    cast: true,
    ...options,
  });
  return { agreed, safe: undefined, owners: undefined };
}

/**
 * As offline, and the Safe on chain must agree too, be the Safe the bundle says, and not have used the nonce.
 * @throws LPCTL_BUNDLE_OTHER_CHAIN, LPCTL_BUNDLE_STALE_NONCE, LPCTL_SAFE_ALREADY_EXECUTED, and what readSafe and requireHashAgreement throw
 */
export async function requireOnlineAgreement(project: Project, bundle: SafeBundle, options: Pick<HashQuestion, "cast" | "selfCalls"> = {}): Promise<BundleAgreement & { safe: SafeFacts; owners: Address[] }> {
  if (bundle.chainId !== project.chainId) {
    throw new LpctlError({
      code: "LPCTL_BUNDLE_OTHER_CHAIN",
      exit: Exit.refused,
      message: `This file is for chain ${bundle.chainId}, and ${project.network} is chain ${project.chainId}`,
      next: "Choose the network it was made for: --network NAME",
    });
  }
  const safe = await readSafe(project.rpc, bundle.safe.address);
  await requireOpenNonce(project.rpc, safe, { nonce: bundle.transaction.nonce, safeTxHash: bundle.hashes.safeTxHash });
  const { agreed } = await requireHashAgreement({ ...options, rpc: project.rpc, safe, tx: bundle.transaction, expected: bundle.hashes.safeTxHash });
  return { agreed, safe, owners: safe.owners };
}
