import { existsSync } from "node:fs";
import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { decodeKnownCall } from "../../protocol/decode-known.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { BundleSignature, SafeBundle } from "../../safe/bundle.ts";
import { loadBundle } from "../../safe/bundle-file.ts";
import { unpackCalls } from "../../safe/multisend.ts";
import { loadLedger, type SignatureLedger } from "../../safe/signature-ledger.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import type { Transport } from "../../safe/transport/transport.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { bundlePath, loadSafeBundle } from "../safe/safe-bundle.ts";
import { approvalsFolder, earlierFolder, listBundleFiles, ownRejectionPath, safeFolder } from "../safe/safe-files.ts";

/** Where a transaction of a Safe was met. `earlier`: what a proposal had before it got another nonce. */
export type KnownFrom =
  | { kind: "proposal"; name: string; title: string; path: string }
  | { kind: "earlier"; name: string; path: string }
  | { kind: "file"; path: string }
  | { kind: "ledger"; signer: Address; key: string; at: string }
  | { kind: "transport"; name: string };

/** A transaction of a Safe that anything here knows of. */
export interface KnownTransaction {
  safeTxHash: Hex;
  nonce: bigint;
  transaction: SafeTransaction;
  /** Whose bytes are at hand, each made over this hash. */
  signatures: BundleSignature[];
  /** Keys of this user that signed it, whether or not the bytes are still at hand. */
  signedHere: Address[];
  from: KnownFrom[];
}

export interface Known {
  /** By nonce. */
  transactions: KnownTransaction[];
  /** What could not be looked at, one sentence each. */
  missing: string[];
}

/** In characters; more than an address and a number do not tell a reader which of several calls it is. */
const LONGEST_ARGUMENTS = 66;

/**
 * Everything known of a Safe's transactions: the files of this project, what the user's keys have signed, and what the transports
 * have. A transport that fails is named and nothing else; nothing a transport says is believed but signatures, which prove themselves.
 * @throws what `loadSafeBundle` throws: a changed bundle of a proposal is never passed over
 */
export async function collectKnown(project: Project, safe: Address, options: { transports?: readonly Transport[]; sinceNonce?: bigint; genesisHash: Hex }): Promise<Known> {
  const found = new Collection();
  const missing: string[] = [];
  for (const stored of await readOwnProposals(project)) {
    const bundle = await loadSafeBundle(stored);
    if (bundle?.safe.address === safe) found.addBundle(bundle, { kind: "proposal", name: stored.name, title: stored.proposal.title, path: bundlePath(stored) });
    const files = [ownRejectionPath(stored), ...(await listBundleFiles(approvalsFolder(stored)))];
    for (const path of files) await found.addFile(path, project.chainId, safe, { kind: "file", path }, missing);
    for (const path of await listBundleFiles(earlierFolder(stored))) await found.addFile(path, project.chainId, safe, { kind: "earlier", name: stored.name, path }, missing);
  }
  for (const path of await listBundleFiles(safeFolder(project, safe))) await found.addFile(path, project.chainId, safe, { kind: "file", path }, missing);
  if (project.ledger !== undefined) found.addLedger(await loadLedger(project.ledger), project.chainId, safe, options.genesisHash);
  for (const transport of options.transports ?? []) {
    await found.addPulled(transport, safe, options.sinceNonce ?? 0n).catch((error: unknown) => {
      if (!(error instanceof LpctlError)) throw error;
      missing.push(`${transport.name}: ${error.message}`);
    });
  }
  return { transactions: found.all(), missing };
}

/** A rejection: an empty call of the Safe to itself, which only uses up a nonce. */
export function isRejection(tx: SafeTransaction, safe: Address): boolean {
  return tx.to.toLowerCase() === safe.toLowerCase() && tx.data === "0x" && tx.valueWei === 0n && tx.operation === 0;
}

/** What a transaction does, in a few words. */
export function describeTransaction(tx: SafeTransaction, safe: Address): string {
  if (isRejection(tx, safe)) return "rejection (empty)";
  if (tx.operation === 1) {
    try {
      const calls = unpackCalls(tx);
      return `${calls.length} calls: ${calls.map(describeCall).join(", ")}`;
    } catch {
      return `delegatecall of ${tx.to}`;
    }
  }
  return describeCall(tx);
}

function describeCall({ to, data, valueWei }: Pick<SafeTransaction, "to" | "data" | "valueWei">): string {
  const value = valueWei === 0n ? "" : ` with ${valueWei} wei`;
  if (data === "0x") return `transfer to ${to}${value}`;
  const decoded = decodeKnownCall(data);
  if (decoded === undefined) return `${data.slice(0, 10)} to ${to}${value}`;
  const args = decoded.args.map((arg) => arg.value).join(", ");
  return `${decoded.name}(${args.length > LONGEST_ARGUMENTS ? "…" : args}) to ${to}${value}`;
}

class Collection {
  readonly #byHash = new Map<Hex, KnownTransaction>();

  addBundle({ hashes, transaction, signatures }: Pick<SafeBundle, "hashes" | "transaction" | "signatures">, from: KnownFrom): void {
    this.#add(hashes.safeTxHash, transaction, signatures, from);
  }

  async addFile(path: string, chainId: bigint, safe: Address, from: KnownFrom, missing: string[]): Promise<void> {
    if (!existsSync(path)) return;
    try {
      const bundle = await loadBundle(path);
      if (bundle.safe.address === safe && bundle.chainId === chainId) this.addBundle(bundle, from);
    } catch (error) {
      if (!(error instanceof LpctlError)) throw error;
      missing.push(error.message);
    }
  }

  addLedger({ signed }: SignatureLedger, chainId: bigint, safe: Address, genesisHash: Hex): void {
    for (const entry of signed) {
      if (entry.chainId !== chainId || entry.safe !== safe || (entry.genesisHash ?? genesisHash) !== genesisHash) continue;
      const known = this.#add(entry.safeTxHash, entry.transaction, [], { kind: "ledger", signer: entry.signer, key: entry.key, at: entry.at });
      if (!known.signedHere.includes(entry.signer)) known.signedHere.push(entry.signer);
    }
  }

  async addPulled(transport: Transport, safe: Address, sinceNonce: bigint): Promise<void> {
    for (const { safeTxHash, transaction, signatures } of await transport.pull(safe, sinceNonce)) {
      if (transaction !== null) this.#add(safeTxHash, transaction, signatures, { kind: "transport", name: transport.name });
    }
  }

  all(): KnownTransaction[] {
    return [...this.#byHash.values()].toSorted((left, right) => (left.nonce < right.nonce ? -1 : left.nonce > right.nonce ? 1 : 0));
  }

  #add(safeTxHash: Hex, transaction: SafeTransaction, signatures: readonly BundleSignature[], from: KnownFrom): KnownTransaction {
    const known = this.#byHash.get(safeTxHash) ?? { safeTxHash, nonce: transaction.nonce, transaction, signatures: [], signedHere: [], from: [] };
    this.#byHash.set(safeTxHash, known);
    // An approval on chain is only claimed by a file; whoever counts signatures asks the chain.
    known.signatures.push(...signatures.filter(({ owner, kind }) => kind !== "approved-hash" && known.signatures.every((one) => one.owner !== owner)));
    known.from.push(from);
    return known;
  }
}
