import type { Rpc } from "../chain/rpc.ts";
import { isDead } from "../protocol/dead-address.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { readApprovers } from "../safe/approved-hashes.ts";
import { approvedHashSlot, encodeApproveHash, encodeExecTransaction, prevalidatedSignatures } from "../safe/execute.ts";
import { packCalls } from "../safe/multisend.ts";
import { approvalCall } from "../safe/nested.ts";
import { hashSafeTransaction } from "../safe/transaction.ts";
import { branchesOf, type AuthorityNode, type SafeNode } from "./node.ts";
import type { PlannedStep } from "./planned-step.ts";
import type { ChildApproval, SignedTransaction } from "./step.ts";

const APPROVED: Hex = `0x${"1".padStart(64, "0")}`;

/** Who of a Safe's owners has consented to one of its transactions. */
export interface Standing {
  /** Signed, or approved on chain. */
  given: Address[];
  /** Safes among the owners whose approval has all it needs: anybody may execute it. */
  ready: ChildApproval[];
  /** How many more are needed beyond those. */
  missing: number;
  /** What the other Safes among the owners still need, in words. */
  children: string[];
}

/** Reads from the chain how far the owners of a Safe are, Safes among them at any depth included. */
export async function readStanding(rpc: Rpc, node: SafeNode, transaction: SignedTransaction): Promise<Standing> {
  const owners = node.owners.map(({ address }) => address);
  // Signatures of former owners lie in the file too; the Safe does not count them.
  const signed = owners.filter((owner) => transaction.signers.includes(owner));
  const approved = await readApprovers(rpc, node.address, transaction.safeTxHash, owners.filter((owner) => !signed.includes(owner)));
  const given = [...signed, ...approved];
  const open = node.owners.filter((owner): owner is SafeNode => owner.kind === "safe" && !given.includes(owner.address));
  const children = await Promise.all(open.map((child) => readChild(rpc, child, transaction.approvals?.find(({ safe }) => safe === child.address))));
  const ready = children.flatMap((child) => (child.ready === undefined ? [] : [child.ready]));
  return {
    given,
    ready,
    missing: Math.max(0, node.threshold - given.length - ready.length),
    children: children.flatMap(({ words }) => (words === undefined ? [] : [words])),
  };
}

async function readChild(rpc: Rpc, child: SafeNode, approval: ChildApproval | undefined): Promise<{ ready?: ChildApproval; words?: string }> {
  const who = `the Safe ${child.address}`;
  if (approval === undefined) return { words: `${who} needs ${child.threshold} of its ${child.owners.length} owners to approve` };
  if (approval.nonce < child.nonce) return { words: `${who} has used nonce ${approval.nonce}, for which its approval was made: its owners have to sign anew` };
  const standing = await readStanding(rpc, child, approval);
  const deeper = standing.children.length === 0 ? "" : ` (${standing.children.join("; ")})`;
  if (standing.missing > 0) return { words: `${who} needs ${standing.missing} more of ${child.threshold} to approve${deeper}` };
  if (approval.nonce > child.nonce) return { words: `${who} has to execute its transactions ${child.nonce} to ${approval.nonce - 1n} before it can approve` };
  return { ready: approval };
}

/**
 * What a fork does in place of the signatures of a Safe's owners. A key's consent is an `approveHash` in its name; a Safe
 * among the owners executes its own transaction for that, with the consent of its own owners, so that its guard, nonce and
 * threshold have their say. Owners that nobody can act for come last.
 */
export function simulateApprovals(node: SafeNode, safeTxHash: Hex, chainId: bigint): { approvers: Address[]; steps: PlannedStep[] } {
  return approve(node, safeTxHash, chainId, new Map());
}

function approve(node: SafeNode, safeTxHash: Hex, chainId: bigint, nonces: Map<Address, bigint>): { approvers: Address[]; steps: PlannedStep[] } {
  const able = node.owners.filter(canAct);
  const chosen = [...able, ...node.owners.filter((owner) => !able.includes(owner))].slice(0, node.threshold);
  const steps = chosen.flatMap((owner) => (owner.kind === "safe" && able.includes(owner) ? approveAsSafe(owner, node.address, safeTxHash, chainId, nonces) : [approveAsKey(owner.address, node.address, safeTxHash)]));
  return { approvers: chosen.map(({ address }) => address), steps };
}

function approveAsKey(owner: Address, safe: Address, safeTxHash: Hex): PlannedStep {
  return {
    kind: "transaction",
    title: `Owner ${owner} approves (stands for a signature)`,
    from: owner,
    to: safe,
    valueWei: 0n,
    data: encodeApproveHash(safeTxHash),
    setup: true,
    leaves: [{ address: safe, slot: approvedHashSlot(owner, safeTxHash), word: APPROVED }],
  };
}

function approveAsSafe(child: SafeNode, parent: Address, parentHash: Hex, chainId: bigint, nonces: Map<Address, bigint>): PlannedStep[] {
  // A Safe that owns several of the Safes on the way acts more than once.
  const nonce = nonces.get(child.address) ?? child.nonce;
  nonces.set(child.address, nonce + 1n);
  const transaction = packCalls([approvalCall(parent, parentHash)], { version: child.version, nonce });
  const { safeTxHash } = hashSafeTransaction(chainId, child.address, transaction);
  const { approvers, steps } = approve(child, safeTxHash, chainId, nonces);
  return [
    ...steps,
    {
      kind: "transaction",
      title: `The Safe ${child.address} approves for ${parent}, with a transaction of its own`,
      from: approvers[0] ?? child.address,
      to: child.address,
      valueWei: 0n,
      data: encodeExecTransaction(transaction, prevalidatedSignatures(approvers)),
      setup: true,
      leaves: [{ address: parent, slot: approvedHashSlot(child.address, parentHash), word: APPROVED }],
    },
  ];
}

/** Whether people with keys can make it act, as far as the climb went. */
function canAct(node: AuthorityNode): boolean {
  switch (node.kind) {
    case "eoa":
      return !isDead(node.address);
    case "safe":
      return node.owners.filter(canAct).length >= node.threshold;
    case "governor":
    case "timelock":
    case "vote-governor":
    case "divided":
    case "guardian":
    case "unknown":
      return false;
  }
}

/**
 * The ways from a Safe to those of which a key is an owner itself: `[]` for the Safe, `[child]`, `[child, grandchild]`.
 * Shortest first.
 */
export function pathsToKey(node: SafeNode, key: Address): Address[][] {
  const own = node.owners.some(({ kind, address }) => kind !== "safe" && address === key) ? [[]] : [];
  const below = node.owners.flatMap((owner) => (owner.kind === "safe" ? pathsToKey(owner, key).map((path) => [owner.address, ...path]) : []));
  return [...own, ...below].toSorted((left, right) => left.length - right.length);
}

/** The ways from a Safe to one behind it, shortest first; `[]` for itself. */
export function pathsToSafe(node: SafeNode, safe: Address): Address[][] {
  if (node.address === safe) return [[]];
  const below = node.owners.flatMap((owner) => (owner.kind === "safe" ? pathsToSafe(owner, safe).map((path) => [owner.address, ...path]) : []));
  return below.toSorted((left, right) => left.length - right.length);
}

/** The Safe at an address on the way from an authority to its people. */
export function findSafeNode(node: AuthorityNode, address: Address): SafeNode | undefined {
  switch (node.kind) {
    case "safe":
      return node.address === address ? node : node.owners.map((owner) => findSafeNode(owner, address)).find((found) => found !== undefined);
    case "governor":
      return findSafeNode(node.owner, address);
    case "timelock":
      return [...node.proposers, ...(node.executors === "anyone" ? [] : node.executors)].map((one) => findSafeNode(one, address)).find((found) => found !== undefined);
    case "divided":
      return branchesOf(node).map((one) => findSafeNode(one, address)).find((found) => found !== undefined);
    case "eoa":
    case "vote-governor":
    case "guardian":
    case "unknown":
      return undefined;
  }
}
