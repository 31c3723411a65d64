import { LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import { hash32Schema, ZERO_HASH } from "../../protocol/hex.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { BundleSignature } from "../bundle.ts";
import { diagnoseSignature } from "../diagnose-signature.ts";
import { approvedHashSignature, contractSignature, parseSignature, parseSignatures } from "../signature.ts";
import { hashSafeTransaction } from "../transaction.ts";
import type { SafeTransaction } from "../transaction.ts";
import { confirmationSchema, serviceTransactionSchema, transactionOf } from "./service-answers.ts";
import { NO_CLAIMS } from "./transport.ts";
import type { PulledTransaction } from "./transport.ts";

/**
 * A transaction as the service gives it, with nothing believed: its fields are hashed, its Safe is compared, and every confirmation
 * is recovered. What does not hold is left out and becomes a finding.
 */
export function judgeAnswer(chainId: bigint, safe: Address, answer: unknown): PulledTransaction {
  const parsed = serviceTransactionSchema.safeParse(answer);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const detail = `${printable(issue?.path.join(".") ?? "")}: ${printable(issue?.message ?? "another form")}`;
    return nothingUsable(claimedHash(answer), { severity: "refuse", code: "service-answer-unreadable", title: "The service lists something that is no Safe transaction", detail });
  }
  const given = parsed.data;
  const transaction = transactionOf(given);
  if (given.safe !== safe) {
    return nothingUsable(given.safeTxHash, { severity: "refuse", code: "service-other-safe", title: `The service gives a transaction of the Safe ${given.safe} for ${safe}`, detail: `it calls it ${given.safeTxHash}` });
  }
  const { safeTxHash } = hashSafeTransaction(chainId, safe, transaction);
  if (safeTxHash !== given.safeTxHash) return nothingUsable(given.safeTxHash, tampered(chainId, safe, transaction, given.safeTxHash, safeTxHash));
  const confirmations = (given.confirmations ?? []).map((confirmation) => judgeConfirmation(confirmation, { chainId, safe, transaction, safeTxHash }));
  const signatures = new Map<Address, BundleSignature>();
  for (const { signature } of confirmations) if (signature !== undefined) signatures.set(signature.owner, signature);
  return {
    safeTxHash,
    transaction,
    signatures: [...signatures.values()],
    bundle: null,
    claims: { executed: given.isExecuted ?? null, proposer: given.proposer ?? null, proposedByDelegate: given.proposedByDelegate ?? null },
    findings: confirmations.flatMap(({ finding }) => (finding === undefined ? [] : [finding])),
  };
}

interface Signed {
  chainId: bigint;
  safe: Address;
  transaction: SafeTransaction;
  safeTxHash: Hex;
}

/** One signature: of the owner named, over this transaction, or a finding. */
function judgeConfirmation(answer: unknown, signed: Signed): { signature?: BundleSignature; finding?: Finding } {
  const parsed = confirmationSchema.safeParse(answer);
  const about = `for ${signed.safeTxHash}`;
  if (!parsed.success) return { finding: { severity: "refuse", code: "service-answer-unreadable", title: `The service gives a confirmation ${about} that is none`, detail: printable(parsed.error.issues[0]?.message ?? "") } };
  const { owner, signature } = parsed.data;
  // The service learned from the chain that this owner approved; the chain is asked, not the service.
  if (signature === null || signature === undefined) return { signature: approvedHashSignature(owner) };
  try {
    const read = readConfirmation(signature, signed.safeTxHash, owner);
    if (read.owner === owner) return { signature: read };
    const match = read.kind === "approved-hash" || read.kind === "contract" ? undefined : diagnoseSignature(read.data, { chainId: signed.chainId, safe: signed.safe, tx: signed.transaction, owners: [owner], claimedOwner: owner });
    const detail = match === undefined ? `it is the signature of ${read.owner}, or of something else` : `${owner} signed ${match.what}`;
    return { finding: { severity: "refuse", code: "service-signature-forged", title: `The service gives a signature ${about} that is not one of ${owner}`, detail } };
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return { finding: { severity: "refuse", code: "service-signature-forged", title: `The service gives bytes ${about} that are no signature of ${owner}`, detail: error.why } };
  }
}

/**
 * A confirmation is one signature alone. That of a contract comes as its static part, whose offset speaks of no list we know, and
 * behind it the length and the bytes for its `isValidSignature`.
 */
function readConfirmation(data: Hex, safeTxHash: Hex, owner: Address): BundleSignature {
  const lastOfStatic = data.slice(130, 132);
  if (data.length === 132 && lastOfStatic === "01") {
    const approved = approvedHashSignature(owner);
    return approved.data === data ? approved : { ...approved, owner: ownerWord(data) };
  }
  if (data.length > 132 && lastOfStatic === "00") {
    const length = BigInt(`0x${data.slice(132, 196).padEnd(64, "0")}`);
    const inner: Hex = `0x${data.slice(196)}`;
    const given = BigInt((inner.length - 2) / 2);
    // The whole may be filled up to words.
    if (length <= given && given - length < 32n) return contractSignature(ownerWord(data), inner.slice(0, 2 + Number(length) * 2) as Hex);
  }
  const { owner: signer, kind, data: canonical } = parseSignature(data, safeTxHash);
  return { owner: signer, kind, data: canonical };
}

/** The owner that a static part names. @throws LPCTL_SAFE_SIGNATURE_MALFORMED */
function ownerWord(data: Hex): Address {
  const [only] = parseSignatures(`0x${data.slice(2, 66)}${"0".repeat(64)}01`, ZERO_HASH);
  if (only === undefined) throw new TypeError("one static part is one signature");
  return only.owner;
}

/** Says which change turns what was signed into what came, where it is one that is known. */
function tampered(chainId: bigint, safe: Address, transaction: SafeTransaction, claimed: Hex, actual: Hex): Finding {
  const flipped = { ...transaction, operation: transaction.operation === 0 ? (1 as const) : (0 as const) };
  const isFlipped = hashSafeTransaction(chainId, safe, flipped).safeTxHash === claimed;
  const detail = isFlipped
    ? `its operation was turned into ${transaction.operation === 1 ? "a delegatecall, with which the code of another contract takes over the Safe" : "a call"}`
    : `its fields give ${actual}: they, the chain or the Safe are not those that the hash was made of`;
  return { severity: "refuse", code: "service-transaction-tampered", title: `The service gives other fields for ${claimed} than those that this hash is of`, detail };
}

function nothingUsable(safeTxHash: Hex, finding: Finding): PulledTransaction {
  return { safeTxHash, transaction: null, signatures: [], bundle: null, claims: NO_CLAIMS, findings: [finding] };
}

function claimedHash(answer: unknown): Hex {
  const parsed = hash32Schema.safeParse(typeof answer === "object" && answer !== null && "safeTxHash" in answer ? answer.safeTxHash : undefined);
  return parsed.success ? parsed.data : ZERO_HASH;
}
