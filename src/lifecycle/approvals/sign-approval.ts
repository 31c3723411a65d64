import type { SafeNode } from "../../authority/node.ts";
import { findSafeNode, pathsToKey, pathsToSafe } from "../../authority/nested.ts";
import { readFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Signer } from "../../keys/signer.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";
import { requireHashAgreement, type HashAgreement } from "../../safe/agree.ts";
import { readApprovers } from "../../safe/approved-hashes.ts";
import { createBundle, type SafeBundle } from "../../safe/bundle.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { packCalls } from "../../safe/multisend.ts";
import { approvalCall } from "../../safe/nested.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { notBehind } from "./approval-state.ts";
import { isApprovalOf, loadApproval, loadApprovals, saveApproval, type ApprovalPath, type StoredApproval } from "./approval-store.ts";
import { planStored } from "../plan.ts";
import { readOwnProposals } from "../proposal-network.ts";
import type { Project } from "../../inspection/project.ts";
import { bundlePath, loadSafeBundle, requireOwner, signBundle } from "../safe/safe-bundle.ts";
import type { SigningReview } from "../sign-proposal.ts";

/** One Safe's approval of its parent's transaction, ready to be signed. */
export interface ApprovalLink {
  path: ApprovalPath;
  safe: SafeFacts;
  bundle: SafeBundle;
  /** What it approves. */
  parent: SafeBundle;
}

export interface ApprovalReview {
  /** From below the proposal's Safe down to the Safe whose owner signs: the last one. */
  links: [ApprovalLink, ...ApprovalLink[]];
  /** Who gave the hash of the last one. */
  agreed: HashAgreement["agreed"];
}

/**
 * What a key has to sign that owns not the proposal's Safe but a Safe behind it: that Safe's own transaction, which approves
 * the one above it. The first place, from the proposal's Safe downwards, where the key's word is missing.
 * @returns undefined when it is the proposal's Safe itself that the key signs for
 * @throws LPCTL_SAFE_SIGNER_NOT_OWNER, LPCTL_SAFE_HASH_DISAGREEMENT, and what readSafe throws
 */
export async function prepareApproval(project: Project, stored: StoredProposal, parent: { bundle: SafeBundle; safe: SafeFacts }, key: Address): Promise<ApprovalReview | undefined> {
  // The usual case needs no look at who is behind the owners.
  if (parent.safe.owners.includes(key) && parent.bundle.signatures.every(({ owner }) => owner !== key)) return undefined;
  const { authority } = await planStored(project.rpc, stored);
  const node = findSafeNode(authority, parent.safe.address);
  const paths = node === undefined ? [] : pathsToKey(node, key);
  if (node === undefined || paths.length === 0) throw notOwnerAnywhere(key, parent.safe, node);
  const open = await findOpenPlace(project, stored, parent.bundle, node, paths, key);
  // Everything signed already: signing again changes nothing, in the first place as in any other.
  const path = open ?? paths[0] ?? [];
  if (path.length === 0) return undefined;
  return reviewPath(project, stored, parent.bundle, path);
}

/** The place of a given Safe behind the proposal's, for a person who names it. @throws LPCTL_SAFE_NOT_BEHIND */
export async function prepareApprovalOf(project: Project, stored: StoredProposal, parent: { bundle: SafeBundle; safe: SafeFacts }, child: Address): Promise<ApprovalReview> {
  const { authority } = await planStored(project.rpc, stored);
  const node = findSafeNode(authority, parent.safe.address);
  const path = node === undefined ? undefined : pathsToSafe(node, child)[0];
  if (path !== undefined && path.length > 0) return reviewPath(project, stored, parent.bundle, path);
  throw notBehind(child, parent.safe.address);
}

/**
 * The place at which a Safe transaction from elsewhere is the approval, byte for byte.
 * @returns undefined for the proposal's own, and for one that is no approval of it
 */
export async function prepareApprovalLike(project: Project, stored: StoredProposal, parent: { bundle: SafeBundle; safe: SafeFacts }, bundle: SafeBundle): Promise<ApprovalReview | undefined> {
  if (bundle.safe.address === parent.safe.address) return undefined;
  const { authority } = await planStored(project.rpc, stored);
  const node = findSafeNode(authority, parent.safe.address);
  for (const path of node === undefined ? [] : pathsToSafe(node, bundle.safe.address)) {
    const review = await reviewPath(project, stored, parent.bundle, path, bundle);
    if (review.links.at(-1)?.bundle.id === bundle.id) return review;
  }
  return undefined;
}

async function reviewPath(project: Project, stored: StoredProposal, proposed: SafeBundle, path: ApprovalPath, like?: SafeBundle): Promise<ApprovalReview> {
  const links: ApprovalLink[] = [];
  let agreed: HashAgreement["agreed"] = [];
  let parent = proposed;
  for (const [index, child] of path.entries()) {
    const here = path.slice(0, index + 1);
    const safe = await readSafe(project.rpc, child);
    const found = await loadApproval(stored, parent, here);
    const isUsable = found !== undefined && found.bundle.transaction.nonce >= safe.nonce;
    const isLast = index === path.length - 1;
    // One made on another machine has taken a nonce of its own.
    const isLike = isLast && !isUsable && like !== undefined && like.transaction.nonce >= safe.nonce && isApprovalOf(like, parent);
    const bundle = isUsable ? found.bundle : isLike ? { ...like, signatures: [] } : await newApproval(project, stored, parent, safe);
    ({ agreed } = await requireHashAgreement({ rpc: project.rpc, safe, tx: bundle.transaction, expected: bundle.hashes.safeTxHash, cast: isLast }));
    links.push({ path: here, safe, bundle, parent });
    parent = bundle;
  }
  const [first, ...others] = links;
  if (first === undefined) throw new TypeError("a way to a child has at least one Safe");
  return { links: [first, ...others], agreed };
}

async function newApproval(project: Project, stored: StoredProposal, parent: SafeBundle, safe: SafeFacts): Promise<SafeBundle> {
  return createBundle({
    chainId: project.chainId,
    safe,
    proposalId: stored.proposal.id,
    transaction: packCalls([approvalCall(parent.safe.address, parent.hashes.safeTxHash)], { version: safe.version, nonce: await freeNonce(project, safe) }),
  });
}

/** The Safe's nonce, or the one after the last that a file of this project has taken, approvals included. */
async function freeNonce(project: Project, safe: SafeFacts): Promise<bigint> {
  const bundles = await Promise.all((await readOwnProposals(project)).map((one) => bundlesOf(project.rpc, one)));
  return bundles
    .flat()
    .filter((bundle) => bundle.safe.address === safe.address)
    .reduce((next, { transaction }) => (transaction.nonce >= next ? transaction.nonce + 1n : next), safe.nonce);
}

/** A proposal's own Safe transaction, and the approvals of it that can still be of use: not those of a nonce that is used. */
async function bundlesOf(rpc: Rpc, stored: StoredProposal): Promise<SafeBundle[]> {
  const useful = async (bundle: SafeBundle, below: () => Promise<readonly StoredApproval[]>): Promise<SafeBundle[]> => {
    const [nonce] = await readFunction(rpc, bundle.safe.address, "function nonce() view returns (uint256)");
    if (bundle.transaction.nonce < (nonce as bigint)) return [];
    const approvals = await below();
    return [bundle, ...(await Promise.all(approvals.map((approval) => useful(approval.bundle, async () => approval.below)))).flat()];
  };
  const bundle = await loadSafeBundle(stored);
  return bundle === undefined ? [] : useful(bundle, () => loadApprovals(stored, bundle));
}

/** The first place where the key has neither signed nor approved, and where its word still counts. */
async function findOpenPlace(project: Project, stored: StoredProposal, proposed: SafeBundle, node: SafeNode, paths: readonly ApprovalPath[], key: Address): Promise<ApprovalPath | undefined> {
  for (const path of paths) {
    let parent: SafeBundle | undefined = proposed;
    let isOpen = true;
    for (const [index, child] of path.entries()) {
      if (parent === undefined) break;
      const [approved] = await readApprovers(project.rpc, parent.safe.address, parent.hashes.safeTxHash, [child]);
      if (approved !== undefined) isOpen = false;
      const found = await loadApproval(stored, parent, path.slice(0, index + 1));
      // Signatures at a nonce that is used are worth nothing.
      parent = found !== undefined && found.bundle.transaction.nonce >= (findSafeNode(node, child)?.nonce ?? 0n) ? found.bundle : undefined;
    }
    if (!isOpen) continue;
    if (parent === undefined || !(await hasConsented(project, parent, key))) return path;
  }
  return undefined;
}

async function hasConsented({ rpc }: Project, bundle: SafeBundle, key: Address): Promise<boolean> {
  return bundle.signatures.some(({ owner }) => owner === key) || (await readApprovers(rpc, bundle.safe.address, bundle.hashes.safeTxHash, [key])).length > 0;
}

/**
 * Signs the approval that was reviewed and keeps it beside the proposal, with every transaction on the way up to the
 * proposal's own: what is approved must be what others sign. Signing twice changes nothing.
 */
export async function signApproval(review: SigningReview, approval: ApprovalReview, stored: StoredProposal, signer: Signer, key?: string): Promise<SafeBundle> {
  const { links } = approval;
  const last = links[links.length - 1] ?? links[0];
  requireOwner(signer.address, last.safe.address, last.safe.owners);
  const signed = await signBundle(last.bundle, last.safe.owners, signer, { ledger: review.ledger, key, genesisHash: stored.proposal.genesisHash });
  await keepApproval(review, approval, stored, signed);
  return (await loadApproval(stored, last.parent, last.path))?.bundle ?? signed;
}

/**
 * Keeps what was reviewed beside the proposal: its own Safe transaction, and the approvals on the way down to the one that is
 * signed, since what is approved must be what others sign.
 * @param signed the last of them, when it has a new signature
 */
export async function keepApproval(review: SigningReview, approval: ApprovalReview | undefined, stored: StoredProposal, signed?: SafeBundle): Promise<void> {
  await review.save();
  await mergeIntoFile(bundlePath(stored), review.bundle);
  const links = approval?.links ?? [];
  for (const [index, { path, bundle }] of links.entries()) {
    await saveApproval(stored, path, index === links.length - 1 ? (signed ?? bundle) : bundle);
  }
}

function notOwnerAnywhere(key: Address, safe: SafeFacts, node: SafeNode | undefined): LpctlError {
  const children = node?.owners.flatMap((owner) => (owner.kind === "safe" ? [owner.address] : [])) ?? [];
  return new LpctlError({
    code: "LPCTL_SAFE_SIGNER_NOT_OWNER",
    exit: Exit.usage,
    message: `${key} is not an owner of the Safe ${safe.address}${children.length === 0 ? "" : ", nor of a Safe behind it"}`,
    why: `owners: ${safe.owners.join(", ")}`,
    next: "lpctl keys list, then choose an owner's key with --key NAME",
  });
}
