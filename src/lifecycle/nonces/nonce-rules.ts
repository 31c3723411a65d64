import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { loadLedger } from "../../safe/signature-ledger.ts";
import { describeTransaction, isRejection } from "./known-transactions.ts";
import { readSafeQueue, type QueueEntry } from "./safe-queue.ts";
import { plural } from "../../protocol/plural.ts";

/**
 * What a signer has to know about the nonce before signing: what else wants it, and what comes first.
 * @param despiteRivals the person has said that both shall be signed
 * @returns one sentence for each; none when nothing is remarkable
 * @throws LPCTL_SAFE_NONCE_TAKEN when other proposals of this project want the same nonce. A rejection may always be signed
 */
export async function judgeNonce(project: Project, safe: SafeFacts, bundle: SafeBundle, despiteRivals: boolean): Promise<string[]> {
  const { nonce } = bundle.transaction;
  const { entries } = await readSafeQueue(project, safe);
  const rivals = entries.filter((entry) => entry.nonce === nonce && entry.safeTxHash !== null && entry.safeTxHash !== bundle.hashes.safeTxHash);
  const proposals = rivals.filter(({ proposal }) => proposal !== null);
  if (proposals.length > 0 && !despiteRivals && !isRejection(bundle.transaction, safe.address)) throw taken(nonce, proposals);
  const gaps = entries.filter((entry) => entry.state === "gap" && entry.nonce < nonce);
  return [
    ...rivals.map((rival) => `Nonce ${nonce} is wanted by another transaction too: ${nameOf(rival)}, with ${plural(rival.signers.length, "signature")}${signedBy(rival)}. Only one of them can happen.`),
    ...gaps.map((gap) => `It waits for nonce ${gap.nonce}${gap.lastNonce === gap.nonce ? "" : ` to ${gap.lastNonce}`}, and nothing is known for ${gap.lastNonce === gap.nonce ? "it" : "these"}.`),
  ];
}

/** The same without a network, by the user's own list alone: what their keys have signed for this nonce besides. */
export async function judgeNonceOffline(ledger: string, bundle: SafeBundle): Promise<string[]> {
  const { signed } = await loadLedger(ledger);
  const others = signed.filter((entry) => entry.chainId === bundle.chainId && entry.safe === bundle.safe.address && entry.nonce === bundle.transaction.nonce && entry.safeTxHash !== bundle.hashes.safeTxHash);
  return others.map(({ key, at, safeTxHash, transaction, safe, nonce }) => `Your key ${key} signed another transaction with nonce ${nonce} at ${at}: ${safeTxHash}, ${describeTransaction(transaction, safe)}. Only one of them can happen.`);
}

function taken(nonce: bigint, rivals: readonly QueueEntry[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_NONCE_TAKEN",
    exit: Exit.refused,
    message: `Nonce ${nonce} of the Safe has another proposal already: ${rivals.map(({ proposal }) => proposal ?? "").join(", ")}`,
    why: "With signatures for both, whoever executes first decides which of them happens.",
    next: "Give one of them another nonce: lpctl safe reanchor. Or sign both: --despite-rivals",
    details: { nonce, rivals: rivals.map(({ proposal, safeTxHash }) => ({ proposal, safeTxHash })) },
  });
}

function nameOf({ proposal, what, safeTxHash }: QueueEntry): string {
  return `${proposal ?? what} (${safeTxHash ?? ""})`;
}

function signedBy({ signedHere }: QueueEntry): string {
  return signedHere.length === 0 ? "" : `, signed by your key ${signedHere.join(", ")}`;
}
