import { existsSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Hex } from "../../protocol/hex.ts";
import { requireHashAgreement, type HashAgreement } from "../../safe/agree.ts";
import { createBundle, mergeBundles, type SafeBundle } from "../../safe/bundle.ts";
import { loadBundle, writeBundle } from "../../safe/bundle-file.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readExecutions } from "../../safe/read-executions.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { collectKnown, type KnownTransaction } from "./known-transactions.ts";
import { planStored } from "../plan.ts";
import { requireOnlyNonceChanged, type OnlyNonceChanged } from "./reanchor-proof.ts";
import { bundlePath, loadSafeBundle, selfCallsOf } from "../safe/safe-bundle.ts";
import { earlierFolder } from "../safe/safe-files.ts";
import { executionOf, readSigners } from "./safe-queue.ts";
import { plural } from "../../protocol/plural.ts";

export interface Reanchored {
  stored: StoredProposal;
  safe: SafeFacts;
  before: SafeBundle;
  after: SafeBundle;
  proof: OnlyNonceChanged;
  agreed: HashAgreement["agreed"];
  /** Of the changes that people allow; part of the proposal, so it cannot have changed with the nonce. */
  effectsHash: Hex | null;
  /** `dead`: its nonce is used, the old signatures are worth nothing. `live`: it can still be executed. */
  old: { state: "dead" | "live"; usedBy: { safeTxHash: Hex; transaction: Hex } | null; signatures: number };
  /** Where the old form lies now. */
  earlierPath: string;
  /** Other transactions that want the new nonce; only one of them can happen. */
  rivals: KnownTransaction[];
}

export interface ReanchorOptions {
  /** Undefined: the first that nothing known wants. */
  nonce?: bigint | undefined;
  /** Go on although what was signed for the old nonce can still be executed. */
  despiteSignatures?: boolean | undefined;
}

/**
 * Gives the Safe transaction of a proposal another nonce: derived from the intents again, and shown to differ in nothing else. The
 * old form is kept with its signatures, which are good for the old nonce for as long as that is not used.
 * @throws LPCTL_REANCHOR_NOTHING, LPCTL_REANCHOR_SAME_NONCE, LPCTL_REANCHOR_USED_NONCE, LPCTL_REANCHOR_STILL_LIVE,
 * LPCTL_REANCHOR_DIFFERENT, LPCTL_PROPOSAL_ALREADY_EXECUTED, LPCTL_SAFE_HASH_DISAGREEMENT
 */
export async function reanchorProposal(project: Project, stored: StoredProposal, options: ReanchorOptions = {}): Promise<Reanchored> {
  const before = await loadSafeBundle(stored);
  const step = (await planStored(project.rpc, stored)).steps.find(({ kind }) => kind === "safe");
  if (before === undefined || step === undefined) throw nothingThere(stored);
  const state = await step.state(project.rpc);
  if (state.state === "done") throw alreadyExecuted(stored);
  const safe = await readSafe(project.rpc, before.safe.address);
  const { hash: genesisHash } = await project.rpc.block(0n);
  const { transactions } = await collectKnown(project, safe.address, { genesisHash });
  const others = transactions.filter((one) => one.nonce >= safe.nonce && !isOf(one, stored));
  const nonce = options.nonce ?? firstFree(safe.nonce, others);
  requireUsable(stored, safe, before, nonce);
  const old = await readOldState(project, safe, before, transactions);
  if (old.state === "live" && old.signatures > 0 && options.despiteSignatures !== true) throw stillLive(stored, before, old.signatures);

  const after = createBundle({ chainId: project.chainId, safe, proposalId: stored.proposal.id, transaction: packCalls(step.calls, { version: safe.version, nonce }) });
  const proof = requireOnlyNonceChanged(before, after);
  const { agreed } = await requireHashAgreement({ rpc: project.rpc, safe, tx: after.transaction, expected: after.hashes.safeTxHash, selfCalls: selfCallsOf(stored.proposal, safe.address) });
  const earlierPath = await keepEarlier(stored, before);
  const kept = await withEarlierSignatures(stored, after);
  await writeBundle(bundlePath(stored), kept);
  const rivals = others.filter((one) => one.nonce === nonce && one.safeTxHash !== after.hashes.safeTxHash);
  return { stored, safe, before, after: kept, proof, agreed, effectsHash: stored.proposal.effectsHash ?? null, old, earlierPath, rivals };
}

/** What of a proposal's own a nonce is free of: only its own other forms may want it too. */
function isOf(one: KnownTransaction, { name }: StoredProposal): boolean {
  return one.from.some((from) => (from.kind === "proposal" || from.kind === "earlier") && from.name === name);
}

/** Gaps first: whatever comes after one waits for it. */
function firstFree(live: bigint, others: readonly KnownTransaction[]): bigint {
  let nonce = live;
  while (others.some((one) => one.nonce === nonce)) nonce += 1n;
  return nonce;
}

async function readOldState(project: Project, safe: SafeFacts, before: SafeBundle, known: readonly KnownTransaction[]): Promise<Reanchored["old"]> {
  const { nonce } = before.transaction;
  const { safeTxHash } = before.hashes;
  const one = known.find((candidate) => candidate.safeTxHash === safeTxHash);
  const signers = new Set([...(await readSigners(project.rpc, safe, { safeTxHash, signatures: before.signatures })), ...(one?.signedHere ?? [])]);
  if (nonce >= safe.nonce) return { state: "live", usedBy: null, signatures: signers.size };
  const { usedBy } = executionOf({ safeTxHash, nonce }, await readExecutions(project.rpc, safe, nonce));
  return { state: "dead", usedBy: usedBy === undefined ? null : { safeTxHash: usedBy.safeTxHash, transaction: usedBy.transaction }, signatures: signers.size };
}

/** Moves what belongs to the old form into a folder of its own: the bundle, approvals by other Safes, the journal of sending it. */
async function keepEarlier(stored: StoredProposal, before: SafeBundle): Promise<string> {
  const folder = join(earlierFolder(stored), `${before.transaction.nonce}-${before.hashes.safeTxHash.slice(2, 10)}`);
  await mkdir(folder, { recursive: true });
  const path = join(folder, "bundle.json");
  await writeBundle(path, existsSync(path) ? mergeBundles(before, await loadBundle(path)) : before);
  const belonging = (await readdir(stored.folder)).filter((name) => name === "approvals" || /^journal-\d+-safe\.ndjson$/.test(name));
  for (const name of belonging) if (!existsSync(join(folder, name))) await rename(join(stored.folder, name), join(folder, name));
  return path;
}

/** A proposal that comes back to a nonce it had before is the same transaction, and what was signed then is good again. */
async function withEarlierSignatures(stored: StoredProposal, after: SafeBundle): Promise<SafeBundle> {
  const path = join(earlierFolder(stored), `${after.transaction.nonce}-${after.hashes.safeTxHash.slice(2, 10)}`, "bundle.json");
  if (!existsSync(path)) return after;
  const earlier = await loadBundle(path);
  return earlier.id === after.id && canonicalHash(earlier.transaction) === canonicalHash(after.transaction) ? mergeBundles(after, earlier) : after;
}

function requireUsable({ name }: StoredProposal, safe: SafeFacts, before: SafeBundle, nonce: bigint): void {
  if (nonce < safe.nonce) {
    throw new LpctlError({
      code: "LPCTL_REANCHOR_USED_NONCE",
      exit: Exit.usage,
      message: `Nonce ${nonce} of the Safe ${safe.address} is used; its nonce is ${safe.nonce}`,
      next: "lpctl safe queue",
    });
  }
  if (nonce !== before.transaction.nonce) return;
  throw new LpctlError({
    code: "LPCTL_REANCHOR_SAME_NONCE",
    exit: Exit.usage,
    message: `${name} has nonce ${nonce} already, and it can be used`,
    next: `lpctl proposal status ${name}`,
  });
}

function stillLive({ name }: StoredProposal, before: SafeBundle, signatures: number): LpctlError {
  const { nonce } = before.transaction;
  return new LpctlError({
    code: "LPCTL_REANCHOR_STILL_LIVE",
    exit: Exit.refused,
    message: `${plural(signatures, "signature")} of ${name} would do for nonce ${nonce}, which is not used: it could be executed twice`,
    why: "A signature cannot be taken back. Only another transaction with the same nonce ends it.",
    next: `Use up the nonce first: lpctl safe reject ${nonce}. Or go on with --despite-signatures, and see to it afterwards`,
    details: { nonce, safeTxHash: before.hashes.safeTxHash, signatures },
  });
}

function nothingThere({ name }: StoredProposal): LpctlError {
  return new LpctlError({
    code: "LPCTL_REANCHOR_NOTHING",
    exit: Exit.usage,
    message: `${name} has no Safe transaction that could get another nonce`,
    next: `lpctl proposal status ${name}`,
  });
}

function alreadyExecuted({ name }: StoredProposal): LpctlError {
  return new LpctlError({
    code: "LPCTL_PROPOSAL_ALREADY_EXECUTED",
    exit: Exit.refused,
    message: `The Safe has done its part of ${name}`,
    next: `lpctl proposal status ${name}`,
  });
}
