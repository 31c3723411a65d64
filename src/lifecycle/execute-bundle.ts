import type { PlannedStep } from "../authority/planned-step.ts";
import { loadJournal } from "../chain/journal.ts";
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
import type { Project } from "../inspection/project.ts";

/**
 * Executes a Safe transaction that belongs to no proposal. It is run on a fork first, with its real signatures. Run again,
 * also after it was mined and its nonce is used, it goes on with the transaction in its journal.
 * @throws LPCTL_SAFE_EXECUTION_REVERTS, LPCTL_SAFE_SIGNATURES_MISSING, and what sendOperations throws
 */
export async function executeBundle(project: Project, bundle: SafeBundle, signer: TransactionSigner): Promise<{ hash: Hex | null }> {
  const { chainId, transaction, signatures, hashes } = bundle;
  const journalPath = await journalFile(project, `safe-${hashes.safeTxHash.slice(2, 18)}`);
  const journal = await loadJournal(journalPath);
  const begun = journal?.operations.some(({ attempts }) => attempts.length > 0) === true;
  if (!begun) await requireOnlineAgreement(project, bundle);
  const safe = await readSafe(project.rpc, bundle.safe.address);
  const call = buildExecTransaction({ chainId, safe: safe.address, transaction, signatures }, safe.owners, safe.threshold);
  const title = `Execute Safe transaction ${hashes.safeTxHash}`;
  if (!begun) await requireSuccess(project, bundle, { kind: "transaction", title, from: signer.address, ...call });
  const [result] = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath,
    operations: [{ id: "execute", title, ...call }],
  });
  if (result?.receipt) requireExecuted(result.receipt, safe.address, hashes.safeTxHash);
  return { hash: result?.hash ?? null };
}

async function requireSuccess(project: Project, bundle: SafeBundle, step: PlannedStep): Promise<void> {
  const { steps } = await simulate({ rpcUrl: project.rpc.url, steps: [step], book: EMPTY_BOOK, proposalId: bundle.id, assumptions: [] });
  const reverted = steps.find(({ outcome }) => outcome === "reverted");
  if (reverted === undefined) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_EXECUTION_REVERTS",
    exit: Exit.reverted,
    message: `${step.title} reverts`,
    why: reverted.revertReason,
    next: "Nothing was sent",
  });
}
