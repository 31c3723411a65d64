import type { Project } from "../../inspection/project.ts";
import type { Address } from "../../protocol/hex.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { takeSignatures } from "../exchange/take-signatures.ts";
import type { BundleSignature, SafeBundle } from "../../safe/bundle.ts";
import { requireOfflineAgreement, requireOnlineAgreement } from "./check-bundle.ts";
import { planProposal } from "../plan.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { requireCallsOf, selfCallsOf } from "./safe-bundle.ts";

/** `former` is no owner any more; `denied`: the Safe does not take what is said of an owner; undefined: nobody was asked. */
export type Standing = "owner" | "former" | "denied" | undefined;

/** What a bundle is worth, as this machine sees it. */
export interface BundleVerification {
  /** Who gave the hash; all gave the same. */
  agreed: readonly string[];
  signatures: (Pick<BundleSignature, "owner" | "kind"> & { blind: boolean; standing: Standing })[];
  /** As the Safe is on chain; undefined without a network. */
  safe: { nonce: bigint; threshold: bigint; owners: readonly Address[]; missing: number } | undefined;
  /** The proposal in this folder from which the same bytes were derived again. */
  proposal: string | undefined;
}

/**
 * Judges a bundle that `parseBundle` has accepted: its hashes by every implementation at hand; with a project also the Safe, its
 * owners and nonce, and the proposal it says it carries out. Writes nothing.
 * @throws LPCTL_BUNDLE_OTHER_CALLS, LPCTL_BUNDLE_OTHER_CHAIN, LPCTL_BUNDLE_STALE_NONCE, LPCTL_SAFE_HASH_DISAGREEMENT
 */
export async function verifyBundle(bundle: SafeBundle, project?: Project): Promise<BundleVerification> {
  if (project === undefined) {
    // It is looked at, not signed: what shows it says what it is.
    const { agreed } = await requireOfflineAgreement(bundle, { selfCalls: "all" });
    return { agreed, signatures: bundle.signatures.map((signature) => shown(signature, undefined)), safe: undefined, proposal: undefined };
  }
  const stored = (await readOwnProposals(project)).find(({ proposal }) => proposal.id === bundle.proposalId);
  const selfCalls = stored === undefined ? [] : selfCallsOf(stored.proposal, bundle.safe.address);
  const { agreed, safe } = await requireOnlineAgreement(project, bundle, { cast: true, selfCalls });
  if (stored !== undefined) {
    const { steps } = await planProposal(project.rpc, stored.proposal);
    requireCallsOf(bundle, stored, steps.find(({ kind }) => kind === "safe")?.calls ?? [], safe);
  }
  const signatures = await Promise.all(bundle.signatures.map(async (signature) => shown(signature, await readStanding(project, bundle, safe, signature))));
  const missing = Math.max(0, Number(safe.threshold) - signatures.filter(({ standing }) => standing === "owner").length);
  return { agreed, signatures, safe: { nonce: safe.nonce, threshold: safe.threshold, owners: safe.owners, missing }, proposal: stored?.name };
}

function shown({ owner, kind, blind }: BundleSignature, standing: Standing): BundleVerification["signatures"][number] {
  return { owner, kind, blind: blind === true, standing };
}

/** A key's signature was recovered when the file was read. That somebody approved on chain, or a contract signed, is only said there. */
async function readStanding(project: Project, bundle: SafeBundle, safe: SafeFacts, signature: BundleSignature): Promise<Standing> {
  const { refused } = await takeSignatures(project, { ...bundle, signatures: [] }, safe, [signature]);
  if (refused.length === 0) return "owner";
  return safe.owners.includes(signature.owner) ? "denied" : "former";
}
