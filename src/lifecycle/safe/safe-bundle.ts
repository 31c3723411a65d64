import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RouteStep, StepState } from "../../authority/step.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Signer } from "../../keys/signer.ts";
import type { Call } from "../../proposal/call.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { callOfSafeChange } from "../../proposal/safe-change.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { requireHashAgreement, type HashAgreement } from "../../safe/agree.ts";
import { withApprovals } from "../../safe/approved-hashes.ts";
import { addSignature, createBundle, type SafeBundle } from "../../safe/bundle.ts";
import { loadBundle, writeBundle } from "../../safe/bundle-file.ts";
import { diagnoseExecution } from "../../safe/diagnose-execution.ts";
import { requireOwnerSignature } from "../../safe/diagnose-signature.ts";
import { buildExecTransaction } from "../../safe/execute.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { recordSignature } from "../../safe/signature-ledger.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransactionMessage } from "../../safe/transaction.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { rejectionPath } from "./safe-files.ts";
import type { Project } from "../../inspection/project.ts";

/** Where the Safe transaction of a proposal and its signatures are kept. */
export function bundlePath(stored: StoredProposal): string {
  return join(stored.folder, "bundle.json");
}

export async function loadSafeBundle(stored: StoredProposal): Promise<SafeBundle | undefined> {
  const path = bundlePath(stored);
  if (!existsSync(path)) return undefined;
  return loadBundle(path).catch((error: unknown) => {
    if (!(error instanceof LpctlError)) throw error;
    const { code, exit, message, why, details } = error;
    // Exporting it again, which is right for a file that came from elsewhere, would meet the same file.
    const next = `Restore ${path} from version control, or remove it and collect the signatures anew: lpctl proposal sign ${stored.name}`;
    throw new LpctlError({ code, exit, message, why, next, details, cause: error });
  });
}

/**
 * The Safe transaction of a proposal: made on first use with the next free nonce, and never believed afterwards: its
 * calls must be the ones the proposal derives now, and three implementations must agree on its hash.
 * @throws LPCTL_BUNDLE_OTHER_CALLS, LPCTL_SAFE_HASH_DISAGREEMENT, and what readSafe throws
 */
export async function openSafeBundle(
  project: Project,
  stored: StoredProposal,
  step: RouteStep,
): Promise<{ bundle: SafeBundle; safe: SafeFacts }> {
  const { bundle, safe, isNew } = await prepareSafeBundle(project, stored, step);
  if (isNew) await writeBundle(bundlePath(stored), bundle);
  return { bundle, safe };
}

/** As `openSafeBundle`, but writes nothing: a transaction made here is not kept yet. */
export async function prepareSafeBundle(
  project: Project,
  stored: StoredProposal,
  step: RouteStep,
  options: { cast?: boolean } = {},
): Promise<{ bundle: SafeBundle; safe: SafeFacts; isNew: boolean; agreed: HashAgreement["agreed"] }> {
  if (step.by.kind !== "safe") throw new TypeError(`"${step.title}" is no step of a Safe`);
  const safe = await readSafe(project.rpc, step.by.address);
  const existing = await loadSafeBundle(stored);
  const bundle = existing ?? (await newBundle(project, stored, step.calls, safe));
  requireCallsOf(bundle, stored, step.calls, safe);
  const selfCalls = selfCallsOf(stored.proposal, safe.address);
  const { agreed } = await requireHashAgreement({ ...options, selfCalls, rpc: project.rpc, safe, tx: bundle.transaction, expected: bundle.hashes.safeTxHash });
  return { bundle, safe, isNew: existing === undefined, agreed };
}

async function newBundle(
  project: Project,
  stored: StoredProposal,
  calls: readonly Call[],
  safe: SafeFacts,
): Promise<SafeBundle> {
  return createBundle({
    chainId: project.chainId,
    safe,
    proposalId: stored.proposal.id,
    transaction: packCalls(calls, { version: safe.version, nonce: await nextNonce(project, safe) }),
  });
}

/** The Safe's nonce, or the one after the last that another proposal of this project has taken; none that is to be rejected. */
async function nextNonce(project: Project, safe: SafeFacts): Promise<bigint> {
  const others = await readOwnProposals(project);
  const bundles = await Promise.all(others.map((other) => loadSafeBundle(other)));
  let nonce = bundles
    .filter((bundle) => bundle?.safe.address === safe.address)
    .reduce((next, bundle) => {
      const taken = bundle?.transaction.nonce ?? -1n;
      return taken >= next ? taken + 1n : next;
    }, safe.nonce);
  while (existsSync(rejectionPath(project, safe.address, nonce))) nonce += 1n;
  return nonce;
}

/** Calldata with which a proposal has its Safe change itself. */
export function selfCallsOf({ intents }: Proposal, safe: Address): Hex[] {
  return intents.flatMap((intent) => (intent.kind === "change-safe" && intent.safe === safe ? [callOfSafeChange(safe, intent.change).data] : []));
}

/** @throws LPCTL_BUNDLE_OTHER_CALLS unless a Safe transaction holds the calls, for the Safe and chain, that a proposal derives now */
export function requireCallsOf(bundle: SafeBundle, stored: StoredProposal, calls: readonly Call[], safe: SafeFacts): void {
  const expected = packCalls(calls, { version: safe.version, nonce: bundle.transaction.nonce });
  const same =
    bundle.proposalId === stored.proposal.id &&
    bundle.safe.address === safe.address &&
    bundle.chainId === stored.proposal.chainId &&
    canonicalHash(bundle.transaction) === canonicalHash(expected);
  if (same) return;
  throw new LpctlError({
    code: "LPCTL_BUNDLE_OTHER_CALLS",
    exit: Exit.refused,
    message: `The Safe transaction beside ${stored.name} is not the one this proposal asks for`,
    why: "its calls, Safe, chain or proposal id differ from those derived from the intents",
    next: `Do not sign. Remove ${bundlePath(stored)} and sign again: lpctl proposal sign ${stored.name}`,
  });
}

/** @throws LPCTL_STEP_BLOCKED when the Safe transaction beside a proposal can never be executed: its nonce is used */
export function requireNotBlocked(stored: StoredProposal, state: StepState): void {
  if (state.state !== "blocked") return;
  throw new LpctlError({
    code: "LPCTL_STEP_BLOCKED",
    exit: Exit.refused,
    message: `The Safe transaction of ${stored.name} cannot happen any more`,
    why: state.why,
    next: `Give it the next nonce, and have it signed again: lpctl safe reanchor ${stored.name}`,
  });
}

/** What is noted of a signature beyond what the bundle says. */
export interface Signing {
  /** The user's list of what their keys have signed; undefined where nobody keeps one. */
  ledger: string | undefined;
  /** As the person named it. */
  key?: string | undefined;
  genesisHash?: Hex | undefined;
  /** Nothing on this machine showed what the transaction does. */
  blind?: boolean | undefined;
}

/**
 * Signs the Safe transaction and adds the signature to the bundle. The hash is in the signer's list before the key is asked,
 * since a signature cannot be taken back. The one that comes back is recovered and must be the signer's, over exactly this hash.
 * @throws LPCTL_SAFE_SIGNER_NOT_OWNER and LPCTL_LEDGER_NOT_WRITTEN before anything is signed, LPCTL_SAFE_SIGNATURE_FOREIGN
 */
export async function signBundle(
  bundle: SafeBundle,
  owners: readonly Address[] | undefined,
  signer: Signer,
  signing: Signing,
): Promise<SafeBundle> {
  if (owners !== undefined) requireOwner(signer.address, bundle.safe.address, owners);
  noteSignature(bundle, signer, signing);
  const data = await signer.signTypedData(
    safeDomain(bundle.chainId, bundle.safe.address),
    SAFE_TX_TYPES,
    safeTransactionMessage(bundle.transaction),
  );
  const signature = requireOwnerSignature(data, {
    chainId: bundle.chainId,
    safe: bundle.safe.address,
    tx: bundle.transaction,
    owners: owners ?? [signer.address],
    claimedOwner: signer.address,
  });
  const { canonicalised: _canonicalised, ...plain } = signature;
  return addSignature(bundle, signing.blind === true ? { ...plain, blind: true } : plain);
}

/** Puts a hash into the user's list before the key consents to it, by signing or on chain. @throws LPCTL_LEDGER_NOT_WRITTEN */
export function noteSignature(bundle: SafeBundle, signer: Signer, { ledger, key, genesisHash, blind }: Signing): void {
  if (ledger === undefined) return;
  recordSignature(ledger, {
    chainId: bundle.chainId,
    ...(genesisHash === undefined ? {} : { genesisHash }),
    safe: bundle.safe.address,
    nonce: bundle.transaction.nonce,
    ...bundle.hashes,
    transaction: bundle.transaction,
    signer: signer.address,
    key: key ?? signer.address,
    keyKind: signer.kind,
    proposalId: bundle.proposalId,
    ...(blind === true ? { blind } : {}),
  });
}

export function requireOwner(address: Address, safe: Address, owners: readonly Address[]): void {
  if (owners.includes(address)) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_SIGNER_NOT_OWNER",
    exit: Exit.usage,
    message: `${address} is not an owner of the Safe ${safe}`,
    why: `owners: ${owners.join(", ")}`,
    next: "lpctl keys list, then choose an owner's key with --key NAME",
  });
}

/**
 * The outer transaction that makes the Safe act, with exactly as many signatures as it needs; approvals on chain count.
 * @throws what diagnoseExecution throws when the Safe would refuse it
 */
export async function buildSafeExecution(project: Project, stored: StoredProposal, step: RouteStep, from: Address): Promise<Call> {
  const { bundle: kept, safe } = await openSafeBundle(project, stored, step);
  const bundle = await withApprovals(project.rpc, kept, safe);
  await diagnoseExecution(bundle, safe, project.rpc, { from }).catch((error: unknown) => {
    // Mined this very moment: whoever sends goes by its journal and by the state of the step.
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_SAFE_ALREADY_EXECUTED" || error.details?.["outcome"] !== "success") throw error;
  });
  return buildExecTransaction(
    {
      chainId: bundle.chainId,
      safe: bundle.safe.address,
      transaction: bundle.transaction,
      signatures: bundle.signatures,
    },
    safe.owners,
    safe.threshold,
  );
}
