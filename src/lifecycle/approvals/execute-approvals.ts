import { join } from "node:path";
import { findSafeNode, readStanding } from "../../authority/nested.ts";
import type { SafeNode } from "../../authority/node.ts";
import type { RouteStep } from "../../authority/step.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readApprovers, withApprovals } from "../../safe/approved-hashes.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { diagnoseExecution } from "../../safe/diagnose-execution.ts";
import { buildExecTransaction, requireExecuted } from "../../safe/execute.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { loadApprovals, signedTransaction, type StoredApproval } from "./approval-store.ts";
import { planStored } from "../plan.ts";
import type { Project } from "../../inspection/project.ts";
import { loadSafeBundle } from "../safe/safe-bundle.ts";

/**
 * Executes the approvals that a proposal's Safe lacks and that are ready, deepest first and no more than it needs. Anyone may
 * send them. Each has a journal of its own: run again, nothing is sent twice.
 * @returns the transactions sent
 * @throws what diagnoseExecution, sendOperations and requireExecuted throw
 */
export async function executeApprovals(project: Project, stored: StoredProposal, step: RouteStep, signer: TransactionSigner): Promise<Hex[]> {
  const bundle = await loadSafeBundle(stored);
  if (bundle === undefined || step.by.kind !== "safe") return [];
  const below = await loadApprovals(stored, bundle);
  if (below.length === 0) return [];
  const { authority } = await planStored(project.rpc, stored);
  const node = findSafeNode(authority, step.by.address);
  return node === undefined ? [] : approveBelow({ project, stored, signer }, node, bundle, below);
}

interface Run {
  project: Project;
  stored: StoredProposal;
  signer: TransactionSigner;
}

async function approveBelow(run: Run, node: SafeNode, bundle: SafeBundle, below: readonly StoredApproval[]): Promise<Hex[]> {
  const { given, ready } = await readStanding(run.project.rpc, node, signedTransaction(bundle, below));
  const sent: Hex[] = [];
  for (const { safe } of ready.slice(0, Math.max(0, node.threshold - given.length))) {
    const approval = below.find((one) => one.bundle.safe.address === safe);
    const child = node.owners.find((owner): owner is SafeNode => owner.kind === "safe" && owner.address === safe);
    if (approval === undefined || child === undefined) continue;
    sent.push(...(await approveBelow(run, child, approval.bundle, approval.below)), ...(await execute(run, bundle, approval.bundle)));
  }
  return sent;
}

async function execute({ project, stored, signer }: Run, parent: SafeBundle, approval: SafeBundle): Promise<Hex[]> {
  const { rpc, chainId } = project;
  const { safeTxHash } = approval.hashes;
  const safe = await readSafe(rpc, approval.safe.address);
  const complete = await withApprovals(rpc, approval, safe);
  await diagnoseExecution(complete, safe, rpc, { from: signer.address });
  const call = buildExecTransaction({ chainId, safe: safe.address, transaction: complete.transaction, signatures: complete.signatures }, safe.owners, safe.threshold);
  const [result] = await sendOperations({
    rpc,
    chainId,
    signer,
    journalPath: join(stored.folder, `journal-approval-${safeTxHash.slice(2, 18)}.ndjson`),
    operations: [
      {
        id: "approve",
        title: `The Safe ${safe.address} approves for ${parent.safe.address}`,
        ...call,
        isDone: async () => (await readApprovers(rpc, parent.safe.address, parent.hashes.safeTxHash, [safe.address])).length > 0,
      },
    ],
  });
  if (result?.receipt) requireExecuted(result.receipt, safe.address, safeTxHash);
  return result?.hash ? [result.hash] : [];
}
