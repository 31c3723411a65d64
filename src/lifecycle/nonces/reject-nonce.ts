import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Project } from "../../inspection/project.ts";
import type { Signer } from "../../keys/signer.ts";
import { requireHashAgreement, type HashAgreement } from "../../safe/agree.ts";
import { createBundle, type SafeBundle } from "../../safe/bundle.ts";
import { withSignaturesOf } from "../../safe/bundle-file.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { requireOpenNonce } from "../../safe/diagnose-execution.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { safeTransaction } from "../../safe/transaction.ts";
import { requireOwner, signBundle } from "../safe/safe-bundle.ts";
import { rejectionPath } from "../safe/safe-files.ts";
import { readSafeQueue, type QueueEntry } from "./safe-queue.ts";

export interface Rejection {
  nonce: bigint;
  bundle: SafeBundle;
  path: string;
  /** What can never be executed once this is. */
  kills: QueueEntry[];
  /** Nonces that have to be used before this one; 0 when it is this one's turn. */
  waitsFor: bigint;
  agreed: HashAgreement["agreed"];
}

/** An empty transaction of the Safe to itself: it does nothing but use up its nonce, so that nothing else can. */
export function rejectionOf(project: Pick<Project, "chainId">, safe: SafeFacts, nonce: bigint): SafeBundle {
  return createBundle({ chainId: project.chainId, safe, proposalId: null, transaction: safeTransaction({ to: safe.address, valueWei: 0n, data: "0x", operation: 0, nonce }) });
}

/**
 * Prepares, and writes, the rejection of a nonce; one that is there already keeps its signatures.
 * @throws LPCTL_BUNDLE_STALE_NONCE naming what used the nonce, LPCTL_SAFE_ALREADY_EXECUTED, LPCTL_BUNDLE_OTHER_FILE
 */
export async function rejectNonce(project: Project, safe: SafeFacts, nonce: bigint, options: { path?: string | undefined; queue?: readonly QueueEntry[] } = {}): Promise<Rejection> {
  const fresh = rejectionOf(project, safe, nonce);
  await requireOpenNonce(project.rpc, safe, { nonce, safeTxHash: fresh.hashes.safeTxHash });
  const { agreed } = await requireHashAgreement({ rpc: project.rpc, safe, tx: fresh.transaction, expected: fresh.hashes.safeTxHash });
  const path = options.path ?? rejectionPath(project, safe.address, nonce);
  const bundle = await withSignaturesOf(path, fresh);
  const queue = options.queue ?? (await readSafeQueue(project, safe)).entries;
  await mkdir(dirname(path), { recursive: true });
  const kept = await mergeIntoFile(path, bundle);
  return {
    nonce,
    bundle: kept,
    path,
    kills: queue.filter((entry) => entry.nonce === nonce && entry.safeTxHash !== null && entry.safeTxHash !== fresh.hashes.safeTxHash),
    waitsFor: nonce - safe.nonce,
    agreed,
  };
}

/** Signs a rejection in its file. @throws what `signBundle` throws */
export async function signRejection(project: Project, safe: SafeFacts, rejection: Rejection, signer: Signer, key: string | undefined): Promise<Rejection> {
  requireOwner(signer.address, safe.address, safe.owners);
  const { hash: genesisHash } = await project.rpc.block(0n);
  const bundle = await signBundle(rejection.bundle, safe.owners, signer, { ledger: project.ledger, key, genesisHash });
  return { ...rejection, bundle: await mergeIntoFile(rejection.path, bundle) };
}

