import { existsSync } from "node:fs";
import type { StoredProposal } from "../proposal/store.ts";
import { readFunction } from "../chain/read-function.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { mergeBundles, type SafeBundle } from "../safe/bundle.ts";
import { loadBundle, writeBundle } from "../safe/bundle-file.ts";
import { notOwner, requireOwnerSignature } from "../safe/diagnose-signature.ts";
import { planStored } from "./plan.ts";
import { readOwnProposals } from "./proposal-network.ts";
import type { Project } from "../inspection/project.ts";
import { bundlePath, openSafeBundle, requireNotBlocked } from "./safe-bundle.ts";

/**
 * Writes the Safe transaction of a proposal, with the signatures it has, to a file. Signatures that a file of the same
 * transaction has collected stay in it.
 * @throws LPCTL_BUNDLE_OTHER_FILE when the file is anything else
 */
export async function exportBundle(project: Project, stored: StoredProposal, path: string): Promise<SafeBundle> {
  const { bundle } = await openStored(project, stored);
  const exported = existsSync(path) ? mergeBundles(bundle, await loadSame(path, bundle)) : bundle;
  await writeBundle(path, exported);
  return exported;
}

async function loadSame(path: string, bundle: SafeBundle): Promise<SafeBundle> {
  const found = await loadBundle(path).catch((error: unknown) => {
    if (error instanceof LpctlError) return undefined;
    throw error;
  });
  if (found?.id === bundle.id) return found;
  throw new LpctlError({
    code: "LPCTL_BUNDLE_OTHER_FILE",
    exit: Exit.usage,
    message: `${path} exists and is not this Safe transaction`,
    why: "it may hold signatures that are nowhere else",
    next: "Name another file with --output, or move that one away",
  });
}

/**
 * Adds the signatures of a file to the proposal it was exported from. The union is the same in any order.
 * @throws LPCTL_BUNDLE_NO_PROPOSAL, LPCTL_BUNDLE_DIFFERENT, LPCTL_SAFE_SIGNATURE_FOREIGN, LPCTL_SAFE_SIGNER_NOT_OWNER,
 * LPCTL_SAFE_NOT_APPROVED
 */
export async function importBundle(
  project: Project,
  path: string,
): Promise<{ stored: StoredProposal; bundle: SafeBundle; added: Address[]; threshold: bigint }> {
  const incoming = await loadBundle(path);
  const stored = await proposalOf(project, incoming, path);
  const { bundle, safe } = await openStored(project, stored);
  const merged = mergeBundles(bundle, incoming);
  const added = merged.signatures.filter(({ owner }) => bundle.signatures.every((known) => known.owner !== owner));
  for (const signature of added) {
    if (signature.kind === "contract" || signature.kind === "approved-hash") {
      if (!safe.owners.includes(signature.owner)) throw notOwner(signature.owner, { safe: safe.address, owners: safe.owners });
      // A contract's signature is for the contract to judge, when the Safe asks it.
      if (signature.kind === "approved-hash") await requireApproval(project, bundle, signature.owner);
      continue;
    }
    requireOwnerSignature(signature.data, {
      chainId: bundle.chainId,
      safe: safe.address,
      tx: bundle.transaction,
      owners: safe.owners,
      claimedOwner: signature.owner,
    });
  }
  await writeBundle(bundlePath(stored), merged);
  return { stored, bundle: merged, added: added.map(({ owner }) => owner), threshold: safe.threshold };
}

/** An approval is a claim about the chain, and the chain knows. */
async function requireApproval({ rpc }: Project, { safe, hashes }: SafeBundle, owner: Address): Promise<void> {
  const [approved] = await readFunction(rpc, safe.address, "function approvedHashes(address, bytes32) view returns (uint256)", [owner, hashes.safeTxHash]);
  if (approved !== 0n) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_NOT_APPROVED",
    exit: Exit.refused,
    message: `${owner} has not approved ${hashes.safeTxHash} on chain, though the file says so`,
    next: "Ask the owner to sign the exported file instead",
  });
}

async function openStored(project: Project, stored: StoredProposal): ReturnType<typeof openSafeBundle> {
  const { steps } = await planStored(project.rpc, stored);
  const step = steps.find(({ kind }) => kind === "safe");
  if (step !== undefined) {
    requireNotBlocked(stored, await step.state(project.rpc));
    return openSafeBundle(project, stored, step);
  }
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_NOTHING_TO_SIGN",
    exit: Exit.usage,
    message: `No Safe stands between ${stored.name} and the chain, so it has no Safe transaction`,
    next: `lpctl proposal execute ${stored.name} --key NAME`,
  });
}

async function proposalOf(project: Project, bundle: SafeBundle, path: string): Promise<StoredProposal> {
  const stored = await readOwnProposals(project);
  const owner = stored.find(({ proposal }) => proposal.id === bundle.proposalId);
  if (owner !== undefined) return owner;
  throw new LpctlError({
    code: "LPCTL_BUNDLE_NO_PROPOSAL",
    exit: Exit.usage,
    message: `${path} belongs to no proposal of network ${project.network} in this folder`,
    why: bundle.proposalId === null ? "it was not made from a proposal" : `its proposal is ${bundle.proposalId}`,
    next: "Fetch the proposal's folder first, or choose another --network",
  });
}
