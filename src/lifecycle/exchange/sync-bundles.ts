import type { Project } from "../../inspection/project.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { findSelfCall, requirePlainTransaction } from "../../safe/require-plain.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { loadLedger } from "../../safe/signature-ledger.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import { broughtBy, type PulledTransaction, type Transport } from "../../safe/transport/transport.ts";
import { describeTransaction } from "../nonces/known-transactions.ts";
import { readOwnBundles, type OwnBundle } from "./own-bundles.ts";
import { loadSyncRecord, saveSyncRecord, type SyncRecord } from "./sync-record.ts";
import { takeSignatures } from "./take-signatures.ts";
import { plural } from "../../protocol/plural.ts";

export interface SyncedBundle {
  label: string;
  safe: Address;
  nonce: bigint;
  safeTxHash: Hex;
  /** Owners whose signatures came from the transport, and whose went to it. */
  received: Address[];
  sent: Address[];
  signatures: number;
  threshold: bigint;
}

/** What the transport has and this project has not. */
export interface ForeignTransaction {
  safe: Address;
  nonce: bigint;
  safeTxHash: Hex;
  /** Owners whose signatures it carries. */
  signatures: Address[];
  what: string;
  transaction: SafeTransaction;
}

export interface Synced {
  transport: string;
  bundles: SyncedBundle[];
  foreign: ForeignTransaction[];
  findings: Finding[];
  /** What could not be moved, one sentence each; it is all still in the files here. */
  notMoved: string[];
  /** Why, when the transport failed. */
  failure: LpctlError | undefined;
}

/**
 * Moves signatures both ways between the proposals of this project and a transport. Only what recovers to a current owner, over
 * exactly the transaction that is kept here, comes in. What the transport has besides is shown and not taken; where it contradicts
 * what is known here, that is a finding. A transport that fails costs nothing but what it was to carry.
 */
export async function syncBundles(project: Project, transport: Transport, alsoSafes: readonly Address[] = []): Promise<Synced> {
  const { bundles: own, problems } = await readOwnBundles(project);
  const synced: Synced = { transport: transport.name, bundles: [], foreign: [], findings: [], notMoved: [], failure: undefined };
  synced.findings.push(...problems.map(({ code, message, why }): Finding => ({ severity: "refuse", code: "own-file-unsound", title: message, detail: [code, why].filter((part) => part !== undefined).join(": ") })));
  const seen = await loadSyncRecord(project, transport.name);
  for (const address of new Set([...own.map(({ bundle }) => bundle.safe.address), ...alsoSafes])) {
    const safe = await readSafe(project.rpc, address);
    const live = own.filter(({ bundle }) => bundle.safe.address === address && bundle.transaction.nonce >= safe.nonce);
    for (const one of live) if (seen.has(one.bundle.hashes.safeTxHash) === false) seen.set(one.bundle.hashes.safeTxHash, new Set());
    try {
      await syncSafe(project, transport, safe, live, seen, synced);
    } catch (error) {
      if (!(error instanceof LpctlError) || error.exit !== Exit.network) throw error;
      synced.failure ??= error;
      const moved = new Set(synced.bundles.map(({ safeTxHash }) => safeTxHash));
      synced.notMoved.push(...live.filter(({ bundle }) => !moved.has(bundle.hashes.safeTxHash)).map(({ label, bundle }) => `${label} (${bundle.hashes.safeTxHash}, ${plural(bundle.signatures.length, "signature")})`));
    }
  }
  synced.findings = distinct(synced.findings);
  await saveSyncRecord(project, transport.name, new Map([...seen].filter(([, owners]) => owners.size > 0)));
  return synced;
}

async function syncSafe(project: Project, transport: Transport, safe: SafeFacts, known: OwnBundle[], seen: SyncRecord, synced: Synced): Promise<void> {
  project.progress?.(`Asking ${transport.name} about the Safe ${safe.address}`);
  const pulled = await transport.pull(safe.address, safe.nonce);
  const live = transport.kind === "file" ? theOneIn(transport, known, pulled) : known;
  const ours = new Map(live.map((one) => [one.bundle.hashes.safeTxHash, one]));
  synced.findings.push(...pulled.flatMap((each) => each.findings.map((finding) => naming(finding, ours.get(each.safeTxHash)))));
  const sound = new Map(pulled.filter(({ transaction }) => transaction !== null).map((each) => [each.safeTxHash, each]));
  await judgeClaims(project, safe, [...sound.values()], synced);
  synced.findings.push(...(await signedAndNowhere(project, transport, safe, [...ours.keys(), ...sound.keys()])));
  for (const each of sound.values()) {
    if (!ours.has(each.safeTxHash)) addForeign(safe, each, live, synced);
  }
  for (const one of live) {
    const there = sound.get(one.bundle.hashes.safeTxHash);
    synced.findings.push(...hidden(transport, one, there, pulled, seen));
    synced.bundles.push(await syncOne(project, transport, safe, one, there, seen, synced));
  }
}

/** A file holds one transaction: the one in it, or the only one there is. */
function theOneIn({ name }: Transport, known: OwnBundle[], pulled: readonly PulledTransaction[]): OwnBundle[] {
  if (pulled.length > 0) return known.filter(({ bundle }) => pulled.some(({ safeTxHash }) => safeTxHash === bundle.hashes.safeTxHash));
  if (known.length <= 1) return known;
  throw new LpctlError({
    code: "LPCTL_SYNC_WHICH",
    exit: Exit.usage,
    message: `${name} is to hold one Safe transaction, and ${known.length} are waiting`,
    why: known.map(({ label }) => label).join(", "),
    next: "Put one into it: lpctl safe export NUMBER --output FILE. Or name a folder, which takes all: lpctl safe sync --with FOLDER",
  });
}

async function syncOne(project: Project, transport: Transport, safe: SafeFacts, one: OwnBundle, there: PulledTransaction | undefined, seen: SyncRecord, synced: Synced): Promise<SyncedBundle> {
  const { safeTxHash } = one.bundle.hashes;
  const taken = await takeSignatures(project, one.bundle, safe, broughtBy(there, one.bundle.signatures));
  for (const { signature, error } of taken.refused) {
    const isDelegate = signature.owner === there?.claims.proposer || signature.owner === there?.claims.proposedByDelegate;
    // Somebody who was an owner once, or may propose and not sign, is no attack; a claim about the chain that is false is one.
    const severity = error.code === "LPCTL_SAFE_SIGNER_NOT_OWNER" ? "warning" : "refuse";
    synced.findings.push({ severity, code: severity === "warning" ? "signature-not-of-owner" : "signature-rejected", title: `${one.label}: ${error.message}`, detail: isDelegate ? "it is of whoever proposed it there, a delegate: that is no signature of an owner" : error.why });
  }
  const merged = taken.added.length === 0 ? taken.bundle : await mergeIntoFile(one.path, taken.bundle);
  const shown = new Set(there?.signatures.map(({ owner }) => owner));
  const current = { ...merged, signatures: merged.signatures.filter(({ owner }) => safe.owners.includes(owner)) };
  const lacks = there === undefined || current.signatures.some(({ owner }) => !shown.has(owner));
  const row: SyncedBundle = { label: one.label, safe: safe.address, nonce: merged.transaction.nonce, safeTxHash, received: taken.added, sent: [], signatures: current.signatures.length, threshold: safe.threshold };
  for (const owner of shown) seen.get(safeTxHash)?.add(owner);
  if (!lacks) return row;
  const outcome = await transport.push(current);
  synced.findings.push(...outcome.findings);
  synced.notMoved.push(...outcome.refused);
  for (const owner of outcome.signatures) seen.get(safeTxHash)?.add(owner);
  return { ...row, sent: outcome.signatures };
}

/** What was there before, and is not now. A folder may be on another branch; a service has no such excuse. */
function hidden(transport: Transport, { label, bundle }: OwnBundle, there: PulledTransaction | undefined, pulled: readonly PulledTransaction[], seen: SyncRecord): Finding[] {
  const { safeTxHash } = bundle.hashes;
  const before = [...(seen.get(safeTxHash) ?? [])];
  const shown = new Set(there?.signatures.map(({ owner }) => owner));
  const missing = before.filter((owner) => !shown.has(owner));
  // Given with other fields it is reported as that.
  if (missing.length === 0 || pulled.some((each) => each.safeTxHash === safeTxHash && each.transaction === null)) return [];
  const severity = transport.kind === "file" || transport.kind === "folder" ? "warning" : "refuse";
  const what = there === undefined ? "the transaction" : `what ${missing.join(", ")} signed`;
  return [{ severity, code: "transport-hides", title: `${transport.name} had ${what} for ${label} and does not show ${there === undefined ? "it" : "them"} any more`, detail: `${safeTxHash}; tell the other signers another way` }];
}

/** What the user's keys have signed can be executed by whoever has it, also when no file here and no list there shows it. */
async function signedAndNowhere(project: Project, transport: Transport, safe: SafeFacts, shown: readonly Hex[]): Promise<Finding[]> {
  if (project.ledger === undefined || transport.kind === "file" || transport.kind === "folder") return [];
  const [{ signed }, { hash: genesisHash }] = await Promise.all([loadLedger(project.ledger), project.rpc.block(0n)]);
  const live = signed.filter((entry) => entry.chainId === project.chainId && entry.safe === safe.address && entry.nonce >= safe.nonce && (entry.genesisHash ?? genesisHash) === genesisHash && !shown.includes(entry.safeTxHash));
  return [...new Map(live.map((entry) => [entry.safeTxHash, entry])).values()].map(({ safeTxHash, nonce, key, transaction }) => ({
    severity: "warning",
    code: "signed-and-not-shown",
    title: `Your key ${printable(key)} signed ${safeTxHash} (nonce ${nonce}), which no proposal here keeps and ${transport.name} does not show`,
    detail: `it does: ${describeTransaction(transaction, safe.address)}; it can still be executed: lpctl safe signatures`,
  }));
}

/** Whether a transaction was executed is for the chain to say. */
async function judgeClaims(project: Project, safe: SafeFacts, pulled: readonly PulledTransaction[], synced: Synced): Promise<void> {
  const claimed = pulled.filter(({ claims }) => claims.executed === true);
  if (claimed.length === 0) return;
  // It may have happened this very moment.
  const { nonce } = await readSafe(project.rpc, safe.address);
  for (const { transaction, safeTxHash } of claimed) {
    if (transaction === null || transaction.nonce < nonce) continue;
    synced.findings.push({ severity: "refuse", code: "transport-claims-executed", title: `${synced.transport} says that ${safeTxHash} was executed, and the chain knows nothing of it`, detail: `the Safe's nonce is ${nonce}, that of the transaction ${transaction.nonce}` });
  }
}

function addForeign(safe: SafeFacts, { transaction, safeTxHash, signatures }: PulledTransaction, live: readonly OwnBundle[], synced: Synced): void {
  if (transaction === null) return;
  const signers = signatures.map(({ owner }) => owner).filter((owner) => safe.owners.includes(owner));
  const what = describeTransaction(transaction, safe.address);
  synced.foreign.push({ safe: safe.address, nonce: transaction.nonce, safeTxHash, signatures: signers, what, transaction });
  const rivals = live.filter(({ bundle }) => bundle.transaction.nonce === transaction.nonce);
  const danger = dangerOf(transaction);
  const has = `${synced.transport} has ${safeTxHash} (nonce ${transaction.nonce}, ${signers.length} of ${safe.threshold} signatures)`;
  if (danger !== undefined) synced.findings.push({ severity: "refuse", code: "foreign-transaction-dangerous", title: `${has}: ${danger.message}`, detail: `${danger.why ?? what} Do not sign it.` });
  else if (findSelfCall(safe.address, transaction) !== undefined) synced.findings.push({ severity: "warning", code: "foreign-transaction-changes-safe", title: `${has}, which changes the Safe itself`, detail: `it does: ${what}` });
  else if (rivals.length > 0) synced.findings.push({ severity: "warning", code: "nonce-contested", title: `${has}, at the nonce of ${rivals.map(({ label }) => label).join(" and ")}`, detail: `it does: ${what}; only one of them can be executed` });
  else synced.findings.push({ severity: "info", code: "foreign-transaction", title: `${has}, which no proposal here asks for`, detail: `it does: ${what}` });
}

/** What lpctl would never sign. */
function dangerOf(transaction: SafeTransaction): LpctlError | undefined {
  try {
    requirePlainTransaction(transaction);
    return undefined;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
}

/** What is wrong with a transaction is met in a list, and again when it is asked for by name. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.code, finding.detail]), finding] as const).toReversed()).values()].toReversed();
}

function naming(finding: Finding, one: OwnBundle | undefined): Finding {
  return one === undefined ? finding : { ...finding, title: `${one.label}: ${finding.title}` };
}
