import type { PlannedStep } from "../../authority/planned-step.ts";
import { loadJournal } from "../../chain/journal.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { findGsCode } from "../../protocol/gs-codes.ts";
import type { Hex } from "../../protocol/hex.ts";
import { simulate } from "../../simulation/route-runner.ts";
import { EMPTY_BOOK } from "../../simulation/contract-book.ts";
import { withApprovals } from "../../safe/approved-hashes.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { buildExecTransaction, requireExecuted } from "../../safe/execute.ts";
import { diagnoseExecution } from "../../safe/diagnose-execution.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { requireOnlineAgreement } from "./check-bundle.ts";
import { journalFile } from "../journals.ts";
import type { Project } from "../../inspection/project.ts";

/**
 * Executes a Safe transaction that belongs to no proposal. It is run on a fork first, with its real signatures. Run again,
 * also after it was mined and its nonce is used, it goes on with the transaction in its journal.
 * @throws LPCTL_SAFE_EXECUTION_REVERTS, LPCTL_SAFE_SIGNATURES_MISSING, and what diagnoseExecution and sendOperations throw
 */
export async function executeBundle(project: Project, kept: SafeBundle, signer: TransactionSigner): Promise<{ hash: Hex | null }> {
  const { chainId, transaction, hashes } = kept;
  const journalPath = await journalFile(project, `safe-${hashes.safeTxHash.slice(2, 18)}`);
  const journal = await loadJournal(journalPath);
  const begun = journal?.operations.some(({ attempts }) => attempts.length > 0) === true;
  const reviewed = begun ? undefined : await agreedOrExecuted(project, kept);
  // Whoever sent the very same transaction first has done what was asked for.
  if (reviewed === "executed") return { hash: null };
  const safe = await readSafe(project.rpc, kept.safe.address);
  const bundle = await withApprovals(project.rpc, kept, safe);
  if (reviewed !== undefined) await diagnoseExecution(bundle, safe, project.rpc, { from: signer.address, reviewedNonce: reviewed.nonce, withoutCall: true });
  const call = buildExecTransaction({ chainId, safe: safe.address, transaction, signatures: bundle.signatures }, safe.owners, safe.threshold);
  const title = `Execute Safe transaction ${hashes.safeTxHash}`;
  if (reviewed !== undefined) {
    await requireSuccess(project, bundle, { kind: "transaction", title, from: signer.address, ...call });
    // Running it took seconds, and somebody else's transaction may have come first.
    await diagnoseExecution(bundle, await readSafe(project.rpc, safe.address), project.rpc, { from: signer.address, reviewedNonce: safe.nonce });
  }
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

/** The Safe as it is; or that it has executed the transaction already. */
async function agreedOrExecuted(project: Project, bundle: SafeBundle): Promise<SafeFacts | "executed"> {
  try {
    return (await requireOnlineAgreement(project, bundle)).safe;
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_SAFE_ALREADY_EXECUTED" && error.details?.["outcome"] === "success") return "executed";
    throw error;
  }
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
    next: `Nothing was sent. ${findGsCode(reverted.revertReason ?? "")?.next ?? "Find out what the call fails on, or reject the transaction: lpctl safe reject"}`,
  });
}
