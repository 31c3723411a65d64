import type { Finding } from "../../finding.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { BundleSignature, SafeBundle } from "../bundle.ts";
import type { SafeTransaction } from "../transaction.ts";

/**
 * A way for Safe transactions and their signatures to travel. Bundles are what counts; a transport only moves them, is never
 * believed, and may be gone tomorrow.
 */
export interface Transport {
  /** For people: `the service at https://…`, `the folder ../signatures`. Without secrets. */
  name: string;
  /** A service, the default, answers for what it shows; a file or a folder is whatever somebody last put there. */
  kind?: "file" | "folder" | "service";
  /**
   * What it has for a Safe from a nonce on, each transaction recomputed here.
   * @throws LpctlError, exit 6, when it cannot be reached or gives nothing that can be read
   */
  pull(safe: Address, sinceNonce: bigint): Promise<PulledTransaction[]>;
  /**
   * Gives it a transaction with the signatures that it lacks. Doing it twice changes nothing.
   * @throws LpctlError, exit 6, when it cannot be reached
   */
  push(bundle: SafeBundle): Promise<PushOutcome>;
}

/** A Safe transaction as a transport has it. Everything but `claims` was computed here. */
export interface PulledTransaction {
  /** Of the fields that came; what the transport calls it where `transaction` is null. */
  safeTxHash: Hex;
  /** Null when what came is not the transaction it is said to be: then `findings` say why, and nothing of it may be used. */
  transaction: SafeTransaction | null;
  /**
   * Each made over `safeTxHash` by the owner named, as far as that can be told without a chain: `approved-hash` and `contract`
   * are for the Safe to judge, and so is whether the signers are owners.
   */
  signatures: BundleSignature[];
  /** The whole, from a transport that carries bundles. */
  bundle: SafeBundle | null;
  claims: { executed: boolean | null; proposer: Address | null; proposedByDelegate: Address | null };
  findings: Finding[];
}

export interface PushOutcome {
  /** False when it had all of it before. */
  changed: boolean;
  /** Owners whose signatures arrived with this push. */
  signatures: Address[];
  /** What it would not take, one sentence each. */
  refused: string[];
  /** What is wrong with how it took it. */
  findings: Finding[];
}

export const NO_CLAIMS: PulledTransaction["claims"] = { executed: null, proposer: null, proposedByDelegate: null };

/** A bundle as something pulled. */
export function pulledBundle(bundle: SafeBundle): PulledTransaction {
  return { safeTxHash: bundle.hashes.safeTxHash, transaction: bundle.transaction, signatures: bundle.signatures, bundle, claims: NO_CLAIMS, findings: [] };
}

/** Owners whose signatures `next` has and `before` has not, or has in another form. */
export function newSigners(before: readonly BundleSignature[], next: readonly BundleSignature[]): Address[] {
  const known = new Map(before.map((signature) => [signature.owner, signature]));
  return next.filter(({ owner, kind, data }) => known.get(owner)?.data !== data || known.get(owner)?.kind !== kind).map(({ owner }) => owner);
}

/**
 * The signatures that something pulled may bring into a bundle. What carries no bundles knows no marks of blind signing: the same
 * bytes from there, without the mark, are no word of a review and do not take it away.
 */
export function broughtBy(pulled: Pick<PulledTransaction, "signatures" | "bundle"> | undefined, kept: readonly BundleSignature[]): BundleSignature[] {
  if (pulled === undefined) return [];
  return pulled.bundle === null ? pulled.signatures.filter(({ owner, data }) => kept.every((one) => one.owner !== owner || one.data !== data)) : pulled.signatures;
}
