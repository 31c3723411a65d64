import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getAddress } from "ethers/address";
import type { ChildApproval, SignedTransaction } from "../../authority/step.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { loadBundle, writeBundle } from "../../safe/bundle-file.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { packCalls } from "../../safe/multisend.ts";
import { approvalCall } from "../../safe/nested.ts";
import { approvalsFolder } from "../safe/safe-files.ts";

/** The Safes from below the proposal's own down to the one that acts: `[child]`, `[child, grandchild]`. */
export type ApprovalPath = readonly Address[];

/** A child Safe's transaction that approves its parent's, as it lies beside the proposal, and those below it. */
export interface StoredApproval {
  path: ApprovalPath;
  bundle: SafeBundle;
  below: StoredApproval[];
}

/**
 * `approvals/CHILD.json`, and for a Safe that owns the child `approvals/CHILD/GRANDCHILD.json`: a Safe that owns several of
 * the others approves once for each, so the way down is in the name.
 */
function approvalPath(stored: StoredProposal, path: ApprovalPath): string {
  return `${join(approvalsFolder(stored), ...path)}.json`;
}

/** The files of all approvals beside a proposal, whatever they approve, at any depth. */
export async function listApprovalFiles(stored: StoredProposal): Promise<{ safe: Address; file: string }[]> {
  const list = async (folder: string): Promise<{ safe: Address; file: string }[]> => {
    if (!existsSync(folder)) return [];
    const safes = await readSafesIn(folder);
    const folders = await realFoldersIn(folder);
    const below = await Promise.all(safes.filter((safe) => folders.has(safe)).map((safe) => list(join(folder, safe))));
    return [...safes.map((safe) => ({ safe, file: join(folder, `${safe}.json`) })), ...below.flat()];
  };
  return list(approvalsFolder(stored));
}

/** Links are not followed: two that lead to their own folder would make the way down as good as endless. */
async function realFoldersIn(folder: string): Promise<Set<string>> {
  return new Set((await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name));
}

async function readSafesIn(folder: string): Promise<Address[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (/^0x[0-9a-fA-F]{40}\.json$/.test(name) ? [getAddress(name.slice(0, -".json".length)) as Address] : [])).toSorted();
}

/**
 * The approvals beside a proposal that are of this transaction of the parent. A file of another one is passed over: the
 * parent's transaction was made anew, and whatever it holds approves nothing of it.
 * @throws what `loadBundle` finds wrong with a file
 */
export async function loadApprovals(stored: StoredProposal, parent: SafeBundle, above: ApprovalPath = []): Promise<StoredApproval[]> {
  const folder = join(approvalsFolder(stored), ...above);
  if (stored.folder === "" || !existsSync(folder)) return [];
  const children = await readSafesIn(folder);
  const found = await Promise.all(children.map((child) => loadApproval(stored, parent, [...above, child])));
  return found.filter((approval) => approval !== undefined);
}

/** The approval of one Safe, or undefined where there is none of this transaction of its parent. */
export async function loadApproval(stored: StoredProposal, parent: SafeBundle, path: ApprovalPath): Promise<StoredApproval | undefined> {
  const file = approvalPath(stored, path);
  if (!existsSync(file)) return undefined;
  const bundle = await loadBundle(file);
  if (bundle.safe.address !== path.at(-1) || !isApprovalOf(bundle, parent)) return undefined;
  return { path, bundle, below: await loadApprovals(stored, bundle, path) };
}

/** Whether a bundle is nothing but the approval of another's transaction. */
export function isApprovalOf(bundle: SafeBundle, parent: SafeBundle): boolean {
  const expected = packCalls([approvalCall(parent.safe.address, parent.hashes.safeTxHash)], { version: bundle.safe.version, nonce: bundle.transaction.nonce });
  return bundle.chainId === parent.chainId && bundle.proposalId === parent.proposalId && canonicalHash(bundle.transaction) === canonicalHash(expected);
}

/** Beside the signatures that its file has by now; one of another transaction, whose nonce is used, makes room. */
export async function saveApproval(stored: StoredProposal, path: ApprovalPath, bundle: SafeBundle): Promise<void> {
  const file = approvalPath(stored, path);
  await mkdir(dirname(file), { recursive: true });
  const present = existsSync(file) ? await loadBundle(file) : undefined;
  if (present === undefined || present.id === bundle.id) await mergeIntoFile(file, bundle);
  else await writeBundle(file, bundle);
}

/** For planning: what is signed of the parent's transaction, and of those of the Safes below it. */
export function signedTransaction(bundle: SafeBundle, below: readonly StoredApproval[]): SignedTransaction {
  return {
    safeTxHash: bundle.hashes.safeTxHash,
    nonce: bundle.transaction.nonce,
    // That somebody approved on chain is only said in a file; whoever plans asks the chain.
    signers: bundle.signatures.filter(({ kind }) => kind !== "approved-hash").map(({ owner }) => owner),
    approvals: below.map((approval): ChildApproval => ({ safe: approval.bundle.safe.address, ...signedTransaction(approval.bundle, approval.below) })),
  };
}
