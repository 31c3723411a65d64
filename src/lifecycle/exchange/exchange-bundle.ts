import type { StoredProposal } from "../../proposal/store.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { addSignature, mergeBundles, type BundleSignature, type SafeBundle } from "../../safe/bundle.ts";
import { loadBundle, withSignaturesOf } from "../../safe/bundle-file.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import type { QrContent } from "../../safe/transport/qr.ts";
import { readOwnBundles, type OwnBundle } from "./own-bundles.ts";
import { planStored } from "../plan.ts";
import { readOwnProposals } from "../proposal-network.ts";
import type { Project } from "../../inspection/project.ts";
import { bundlePath, openSafeBundle, requireNotBlocked } from "../safe/safe-bundle.ts";
import { takeSignatures } from "./take-signatures.ts";

/**
 * Writes the Safe transaction of a proposal, with the signatures it has, to a file. Signatures that a file of the same
 * transaction has collected stay in it.
 * @throws LPCTL_BUNDLE_OTHER_FILE when the file is anything else
 */
export async function exportBundle(project: Project, stored: StoredProposal, path: string): Promise<SafeBundle> {
  const { bundle } = await openStored(project, stored);
  return mergeIntoFile(path, await withSignaturesOf(path, bundle));
}

/** The Safe transaction of a proposal with the signatures it has. */
export async function openForExport(project: Project, stored: StoredProposal): Promise<SafeBundle> {
  return (await openStored(project, stored)).bundle;
}

export interface ImportedSignatures {
  /** Undefined where they are of a rejection that belongs to no proposal. */
  stored: StoredProposal | undefined;
  /** The file that has them now, and its name for people. */
  path: string;
  label: string;
  bundle: SafeBundle;
  /** Owners whose signatures are new. */
  added: Address[];
  threshold: bigint;
}

/**
 * Adds signatures that came from elsewhere to the Safe transaction they are of: a proposal's own, or the rejection or approval
 * kept beside it. The union is the same in any order.
 * @param source where they came from, for messages
 * @throws LPCTL_BUNDLE_NO_PROPOSAL, LPCTL_BUNDLE_DIFFERENT, LPCTL_BUNDLE_BAD_SIGNATURE, LPCTL_SAFE_SIGNER_NOT_OWNER, LPCTL_SAFE_NOT_APPROVED
 */
export async function importSignatures(project: Project, incoming: QrContent, source: string): Promise<ImportedSignatures> {
  const { bundles } = await readOwnBundles(project);
  const match = bundles.find(({ bundle }) => (incoming.kind === "bundle" ? bundle.id === incoming.bundle.id : bundle.hashes.safeTxHash === incoming.safeTxHash));
  const stored = match === undefined ? await proposalOf(project, incoming, source) : match.stored;
  const isItsOwn = stored !== undefined && (match === undefined || match.path === bundlePath(stored));
  const opened = isItsOwn ? { ...(await openStored(project, stored)), path: bundlePath(stored), label: stored.name } : undefined;
  const { bundle, safe, path, label } = opened ?? (await openBeside(project, match));
  // Of one transaction, or it is refused; each signature is of whom it is said to be, or it is refused.
  if (incoming.kind === "bundle") mergeBundles(bundle, incoming.bundle);
  const received = incoming.kind === "bundle" ? incoming.bundle.signatures : recovered(bundle, incoming.signatures);
  const taken = await takeSignatures(project, bundle, safe, received);
  const [first] = taken.refused;
  if (first !== undefined) throw first.error;
  // Somebody else may have signed while the Safe was asked.
  const kept = await mergeIntoFile(path, taken.bundle);
  return { stored, path, label, bundle: kept, added: taken.added, threshold: safe.threshold };
}

/** What lies beside proposals was checked when it was loaded; the Safe is read anew. */
async function openBeside(project: Project, own: OwnBundle | undefined): Promise<{ bundle: SafeBundle; safe: SafeFacts; path: string; label: string }> {
  if (own === undefined) throw new TypeError("without a file beside it there is a proposal");
  const { bundle, path, label } = own;
  return { bundle, path, label, safe: await readSafe(project.rpc, bundle.safe.address) };
}

/** As `importSignatures`, from a file. @throws also what loadBundle throws */
export async function importBundle(project: Project, path: string): Promise<ImportedSignatures> {
  return importSignatures(project, { kind: "bundle", bundle: await loadBundle(path) }, path);
}

function recovered(bundle: SafeBundle, signatures: readonly BundleSignature[]): BundleSignature[] {
  return signatures.reduce((all, signature) => addSignature(all, signature), { ...bundle, signatures: [] as BundleSignature[] }).signatures;
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

async function proposalOf(project: Project, incoming: QrContent, source: string): Promise<StoredProposal> {
  const proposalId = incoming.kind === "bundle" ? incoming.bundle.proposalId : null;
  const stored = await readOwnProposals(project);
  const owner = stored.find(({ proposal }) => proposal.id === proposalId);
  if (owner !== undefined) return owner;
  throw new LpctlError({
    code: "LPCTL_BUNDLE_NO_PROPOSAL",
    exit: Exit.usage,
    message: `${source} belongs to no proposal of network ${project.network} in this folder`,
    why: incoming.kind === "signatures" ? `its signatures are of ${incoming.safeTxHash}` : proposalId === null ? "it was not made from a proposal" : `its proposal is ${printable(proposalId)}`,
    next: "Fetch the proposal's folder first, or choose another --network",
  });
}
