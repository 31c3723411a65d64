import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { isOwner, parseSignature, recoverSigner } from "./signature.ts";
import type { ParsedSignature } from "./signature.ts";
import { hashSafeTransaction } from "./transaction.ts";
import type { SafeTransaction } from "./transaction.ts";

export interface SignatureContext {
  chainId: bigint;
  safe: Address;
  tx: SafeTransaction;
  /** The Safe's current owners. */
  owners: readonly Address[];
  /** Who is said to have signed, when that is known. */
  claimedOwner?: Address | undefined;
  /** Other Safes and chains of the same people, tried when the signature does not fit. */
  otherSafes?: readonly Address[] | undefined;
  otherChainIds?: readonly bigint[] | undefined;
}

/** Chains a Livepeer signature may have been made for by mistake: main nets, test nets, local ones. */
const LIKELY_CHAIN_IDS = [1n, 42161n, 11155111n, 421614n, 31337n, 1337n] as const;
/** How far around the nonce to look; a signature older than this is found by no one's mistake of today. */
const NONCE_REACH = 16n;

/**
 * Reads a signature and accepts it only when a current owner (the claimed one, when given) made it over
 * exactly this transaction of this Safe on this chain. When it does not fit, says what it does fit.
 * @throws LPCTL_SAFE_SIGNATURE_MALFORMED, LPCTL_SAFE_SIGNATURE_FOREIGN, LPCTL_SAFE_SIGNER_NOT_OWNER
 */
export function requireOwnerSignature(data: string, context: SignatureContext): ParsedSignature {
  const { safeTxHash } = hashSafeTransaction(context.chainId, context.safe, context.tx);
  const parsed = parseSignature(data, safeTxHash);
  const { claimedOwner, owners } = context;
  if (claimedOwner !== undefined && parsed.owner.toLowerCase() === claimedOwner.toLowerCase()) {
    if (isOwner(claimedOwner, owners)) return parsed;
    throw notOwner(claimedOwner, context);
  }
  if (claimedOwner === undefined && isOwner(parsed.owner, owners)) return parsed;

  const match = diagnoseSignature(parsed.data, context);
  if (match !== undefined) {
    throw new LpctlError({
      code: "LPCTL_SAFE_SIGNATURE_FOREIGN",
      exit: Exit.refused,
      message: `The signature is not of this transaction: ${match.owner} signed ${match.what}.`,
      why: `Over ${safeTxHash} it would be the signature of ${parsed.owner}.`,
      next: "Ask the owner to sign the exported file of this transaction again.",
      details: { safeTxHash, matches: match.what, owner: match.owner },
    });
  }
  if (claimedOwner === undefined) throw notOwner(parsed.owner, context);
  throw new LpctlError({
    code: "LPCTL_SAFE_SIGNATURE_FOREIGN",
    exit: Exit.refused,
    message: `The signature is not one of ${claimedOwner} over this transaction.`,
    why: `Over ${safeTxHash} it is the signature of ${parsed.owner}, and it fits no neighbouring nonce, chain or Safe either. It is of another hash.`,
    next: "Do not simply sign again: compare the hash shown by the signing device with the one above first.",
    details: { safeTxHash, recovered: parsed.owner, claimedOwner },
  });
}

/**
 * Finds which other hash, of the same people, a signature was made over: another kind of signing, nonce, chain,
 * Safe or operation. `undefined` when none of those tried gives an owner (or the claimed one).
 */
export function diagnoseSignature(data: Hex, context: SignatureContext): { owner: Address; what: string } | undefined {
  const wanted = context.claimedOwner === undefined ? context.owners : [context.claimedOwner];
  for (const candidate of candidates(context)) {
    for (const kind of ["eip712", "eth-sign"] as const) {
      const owner = recoverOrUndefined(data, kind, candidate.hash);
      if (owner === undefined || !isOwner(owner, wanted)) continue;
      const how = candidate.own ? `, as ${kind === "eth-sign" ? "eth_sign" : "EIP-712"} although it says otherwise` : "";
      return { owner, what: `${candidate.what}${how}` };
    }
  }
  return undefined;
}

interface Candidate {
  what: string;
  hash: Hex;
  /** The transaction itself: then only the kind of signing differs. */
  own?: boolean;
}

function* candidates(context: SignatureContext): Generator<Candidate> {
  const { chainId, safe, tx } = context;
  const own = hashSafeTransaction(chainId, safe, tx);
  yield { what: "this transaction", hash: own.safeTxHash, own: true };
  yield { what: "its message hash alone instead of the whole hash", hash: own.messageHash };
  yield { what: "its domain hash alone instead of the whole hash", hash: own.domainHash };
  yield {
    what: `the same transaction as a ${tx.operation === 0 ? "delegatecall" : "call"}`,
    hash: hashSafeTransaction(chainId, safe, { ...tx, operation: tx.operation === 0 ? 1 : 0 }).safeTxHash,
  };
  const nonces = neighbours(tx.nonce);
  const chains = [...new Set([...(context.otherChainIds ?? []), ...LIKELY_CHAIN_IDS])].filter((id) => id !== chainId);
  const safes = (context.otherSafes ?? []).filter((other) => other.toLowerCase() !== safe.toLowerCase());
  for (const nonce of nonces) {
    yield { what: `the same transaction at nonce ${nonce} instead of ${tx.nonce}`, hash: hashSafeTransaction(chainId, safe, { ...tx, nonce }).safeTxHash };
  }
  for (const other of chains) {
    yield { what: `the same transaction for chain ${other} instead of ${chainId}`, hash: hashSafeTransaction(other, safe, tx).safeTxHash };
  }
  for (const other of safes) {
    for (const nonce of [tx.nonce, ...nonces]) {
      const at = nonce === tx.nonce ? "" : ` at nonce ${nonce}`;
      yield { what: `the same transaction for the Safe ${other}${at}`, hash: hashSafeTransaction(chainId, other, { ...tx, nonce }).safeTxHash };
    }
  }
}

function neighbours(nonce: bigint): bigint[] {
  const found: bigint[] = [];
  for (let distance = 1n; distance <= NONCE_REACH; distance += 1n) {
    if (nonce >= distance) found.push(nonce - distance);
    found.push(nonce + distance);
  }
  return found;
}

function recoverOrUndefined(data: Hex, kind: "eip712" | "eth-sign", hash: Hex): Address | undefined {
  try {
    return recoverSigner(data, kind, hash);
  } catch {
    return undefined;
  }
}

export function notOwner(signer: Address, context: Pick<SignatureContext, "safe" | "owners">): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_SIGNER_NOT_OWNER",
    exit: Exit.refused,
    message: `${signer} is not an owner of the Safe ${context.safe}.`,
    why: `Its owners are ${context.owners.join(", ")}.`,
    next: "Sign with the key of an owner, or check that the Safe is the one meant: lpctl safe show",
    details: { signer, safe: context.safe, owners: [...context.owners] },
  });
}
