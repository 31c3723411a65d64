import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { simulate } from "../simulation/route-runner.ts";
import { EMPTY_BOOK } from "../simulation/contract-book.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { buildExecTransaction, requireExecuted } from "../safe/execute.ts";
import { readSafe } from "../safe/read-safe.ts";
import { requireOnlineAgreement } from "./check-bundle.ts";
import { journalFile } from "./journals.ts";
import type { Project } from "./project.ts";

/**
 * Executes a Safe transaction that belongs to no proposal. It is run on a fork first, with its real signatures.
 * @throws LPCTL_SAFE_EXECUTION_REVERTS, LPCTL_SAFE_NOT_ENOUGH_SIGNATURES, and what sendOperations throws
 */
export async function executeBundle(
  project: Project,
  bundle: SafeBundle,
  signer: TransactionSigner,
): Promise<{ hash: Hex | null }> {
  await requireOnlineAgreement(project, bundle);
  const safe = await readSafe(project.rpc, bundle.safe.address);
  const { chainId, transaction, signatures } = bundle;
  const call = buildExecTransaction({ chainId, safe: safe.address, transaction, signatures }, safe.owners, safe.threshold);
  const title = `Execute Safe transaction ${bundle.hashes.safeTxHash}`;
  const { steps } = await simulate({
    rpcUrl: project.rpc.url,
    steps: [{ kind: "transaction", title, from: signer.address, ...call }],
    book: EMPTY_BOOK,
    proposalId: bundle.id,
    assumptions: [],
  });
  const reverted = steps.find(({ outcome }) => outcome === "reverted");
  if (reverted !== undefined) {
    throw new LpctlError({
      code: "LPCTL_SAFE_EXECUTION_REVERTS",
      exit: Exit.reverted,
      message: `${title} reverts`,
      why: reverted.revertReason,
      next: "Nothing was sent",
    });
  }
  const [result] = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: await journalFile(project, `safe-${bundle.hashes.safeTxHash.slice(2, 18)}`),
    operations: [{ id: "execute", title, ...call }],
  });
  if (result?.receipt) requireExecuted(result.receipt, safe.address, bundle.hashes.safeTxHash);
  return { hash: result?.hash ?? null };
}
