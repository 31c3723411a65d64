import { findSafeNode, pathsToSafe, readStanding } from "../../authority/nested.ts";
import type { SafeNode } from "../../authority/node.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readApprovers } from "../../safe/approved-hashes.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { loadApproval, signedTransaction, type ApprovalPath } from "./approval-store.ts";
import { planStored } from "../plan.ts";
import type { Project } from "../../inspection/project.ts";
import { loadSafeBundle } from "../safe/safe-bundle.ts";

/** How far a Safe behind a proposal's Safe is with its approval. */
export interface ApprovalState {
  safe: Address;
  threshold: number;
  /** What it approves. `safeTxHash` is null while the transaction above it has not been made. */
  approves: { safe: Address; safeTxHash: Hex | null };
  state: "approved" | "ready" | "waiting";
  /** The Safe's own transaction; null until one of its owners has signed. */
  transaction: { safeTxHash: Hex; nonce: bigint } | null;
  /** Its owners who have signed, or approved on chain. */
  given: Address[];
  missing: number;
  /** What is still needed, in words. */
  waitingFor: string[];
}

/** @throws LPCTL_SAFE_NOT_BEHIND */
export async function readApprovalState(project: Project, stored: StoredProposal, child: Address): Promise<ApprovalState> {
  const { rpc } = project;
  const [{ authority, steps }, bundle] = await Promise.all([planStored(rpc, stored), loadSafeBundle(stored)]);
  const by = steps.find(({ kind }) => kind === "safe")?.by;
  const root = by?.kind === "safe" ? findSafeNode(authority, by.address) : undefined;
  const path = root === undefined ? undefined : pathsToSafe(root, child)[0];
  if (root === undefined || path === undefined || path.length === 0) throw notBehind(child, root?.address);
  const { parent, node } = await walk(stored, root, bundle, path);
  const own = parent.bundle === undefined ? undefined : (await loadApproval(stored, parent.bundle, path));
  const facts = { safe: child, threshold: node.threshold, approves: { safe: parent.address, safeTxHash: parent.bundle?.hashes.safeTxHash ?? null } };
  const transaction = own === undefined ? null : { safeTxHash: own.bundle.hashes.safeTxHash, nonce: own.bundle.transaction.nonce };
  const approved = parent.bundle !== undefined && (await readApprovers(rpc, parent.address, parent.bundle.hashes.safeTxHash, [child])).length > 0;
  if (own === undefined || approved) return { ...facts, state: approved ? "approved" : "waiting", transaction, given: [], missing: approved ? 0 : node.threshold, waitingFor: [] };
  const standing = await readStanding(rpc, node, signedTransaction(own.bundle, own.below));
  const turn = own.bundle.transaction.nonce === node.nonce ? [] : [`nonce ${own.bundle.transaction.nonce} of the Safe; it is at ${node.nonce}`];
  return { ...facts, state: standing.missing === 0 && turn.length === 0 ? "ready" : "waiting", transaction, given: standing.given, missing: standing.missing, waitingFor: [...standing.children, ...turn] };
}

/** Down to the Safe at the end of the way, with the transaction that it has to approve, where there is one already. */
async function walk(stored: StoredProposal, root: SafeNode, bundle: SafeBundle | undefined, path: ApprovalPath): Promise<{ parent: { address: Address; bundle: SafeBundle | undefined }; node: SafeNode }> {
  let parent = { address: root.address, bundle };
  let node = root;
  for (const [index, address] of path.entries()) {
    const next = node.owners.find((owner): owner is SafeNode => owner.kind === "safe" && owner.address === address);
    if (next === undefined) throw notBehind(address, root.address);
    if (index > 0) parent = { address: node.address, bundle: parent.bundle === undefined ? undefined : (await loadApproval(stored, parent.bundle, path.slice(0, index)))?.bundle };
    node = next;
  }
  return { parent, node };
}

export function notBehind(child: Address, safe: Address | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_NOT_BEHIND",
    exit: Exit.usage,
    message: `${child} is no Safe behind ${safe ?? "this proposal"}`,
    why: safe === undefined ? "no Safe has to sign the proposal" : "neither that Safe nor one behind it has it for an owner",
    next: "lpctl authority show",
  });
}
