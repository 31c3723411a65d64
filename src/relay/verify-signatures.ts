import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { diagnoseSignature } from "../safe/diagnose-signature.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { countSignatures, isOwner, parseSignatures } from "../safe/signature.ts";
import type { ParsedSignature, SafeSignature } from "../safe/signature.ts";
import { hashSafeTransaction } from "../safe/transaction.ts";
import type { SafeTransaction } from "../safe/transaction.ts";
import type { RelayContext } from "./context.ts";

export interface SignatureQuestion {
  safe: SafeFacts;
  transaction: SafeTransaction;
  /** Of that transaction, computed here once; not what somebody says it is. */
  safeTxHash: Hex;
  /** One signature or several, one after the other. */
  signatures: Hex;
  /** People who may sign without being owners: delegates who propose. Theirs count for nothing else. */
  delegates: readonly Address[];
}

/** `problem` is for the client, in the words of the service where it has any. */
export type SignatureVerdict = { problem: string } | { ofOwners: SafeSignature[]; ofDelegates: Address[] };

/**
 * Reads signatures and takes them only when each was made over exactly this transaction by an owner or a delegate. Contract
 * signatures and approvals are judged by the Safe itself, on chain; the others are recovered here.
 */
export async function verifySignatures(context: Pick<RelayContext, "chain" | "chainId">, question: SignatureQuestion): Promise<SignatureVerdict> {
  const { safe, safeTxHash } = question;
  let parsed: ParsedSignature[];
  try {
    parsed = parseSignaturesOf(question.signatures, safeTxHash, safe);
  } catch (error) {
    if (error instanceof LpctlError) return { problem: describeRefusal(error) };
    throw error;
  }
  const ofOwners: SafeSignature[] = [];
  const ofDelegates: Address[] = [];
  for (const { owner, kind, data } of parsed) {
    if (kind === "contract" || kind === "approved-hash") {
      if (!isOwner(owner, safe.owners)) return { problem: notAnOwner(owner, safe) };
      if (!(await context.chain.takesSignature(safe, hashSafeTransaction(context.chainId, safe.address, question.transaction), { owner, kind, data }))) return { problem: notTaken(owner, kind) };
    } else if (!isOwner(owner, safe.owners)) {
      if (!isOwner(owner, question.delegates)) return { problem: `${notAnOwner(owner, safe)}${explain(context.chainId, question, data)}` };
      ofDelegates.push(owner);
      continue;
    }
    ofOwners.push({ owner, kind, data });
  }
  return { ofOwners, ofDelegates };
}

/**
 * As `parseSignatures`, for bytes of strangers: more of them than could be of owners and a delegate are not even looked at.
 * @throws LPCTL_SAFE_SIGNATURE_MALFORMED, LPCTL_SAFE_SIGNATURE_DUPLICATE, LPCTL_RELAY_MANY_SIGNATURES
 */
export function parseSignaturesOf(blob: Hex, hash: Hex, safe: SafeFacts): ParsedSignature[] {
  const count = countSignatures(blob);
  if (count <= safe.owners.length + 1) return parseSignatures(blob, hash);
  throw new LpctlError({ code: "LPCTL_RELAY_MANY_SIGNATURES", exit: Exit.refused, message: `These are ${count} signatures, and the Safe has ${safe.owners.length} owners.` });
}

export function describeRefusal({ message, why }: LpctlError): string {
  return why === undefined ? message : `${message} ${why}`;
}

export function notAnOwner(signer: Address, safe: SafeFacts): string {
  return `Signer=${signer} is not an owner. Current owners=[${safe.owners.join(", ")}]`;
}

function notTaken(owner: Address, kind: "contract" | "approved-hash"): string {
  return kind === "contract"
    ? `Contract signature of Signer=${owner} is not valid: the Safe refuses it`
    : `Signer=${owner} has not approved the hash on chain`;
}

/** Telling what a signature is of takes some hundred milliseconds of trying, in which nobody else is served: one in five seconds. */
const EXPLAINED_PER_SECOND = 0.2;
const EXPLAINED_AT_ONCE = 5;
let explanations = EXPLAINED_AT_ONCE;
let countedAtMs = performance.now();

function mayExplain(): boolean {
  const nowMs = performance.now();
  explanations = Math.min(EXPLAINED_AT_ONCE, explanations + ((nowMs - countedAtMs) / 1000) * EXPLAINED_PER_SECOND);
  countedAtMs = nowMs;
  if (explanations < 1) return false;
  explanations -= 1;
  return true;
}

/** A signature of other content recovers to a stranger; an owner's mistake is told for what it is. */
function explain(chainId: bigint, { safe, transaction: tx }: SignatureQuestion, data: Hex): string {
  if (!mayExplain()) return "";
  const match = diagnoseSignature(data, { chainId, safe: safe.address, tx, owners: safe.owners });
  return match === undefined ? "" : `. It is a signature of ${match.owner} over ${match.what}`;
}
