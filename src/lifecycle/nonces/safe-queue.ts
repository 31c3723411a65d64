import type { Rpc } from "../../chain/rpc.ts";
import type { Project } from "../../inspection/project.ts";
import { shortName } from "../../proposal/short-name.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readApprovers } from "../../safe/approved-hashes.ts";
import { readExecutions, type Execution, type Executions } from "../../safe/read-executions.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import type { Transport } from "../../safe/transport/transport.ts";
import { collectKnown, describeTransaction, type KnownFrom, type KnownTransaction } from "./known-transactions.ts";

/**
 * `executed`, `failed`: this one used the nonce. `dead`: another one did. `next`: it is this nonce's turn. `queued`: others come
 * first. `conflict`: several want one nonce, and only one will get it. `gap`: nothing is known for nonces that come first.
 */
export type QueueState = "executed" | "failed" | "dead" | "next" | "queued" | "conflict" | "gap";

export interface QueueEntry {
  nonce: bigint;
  /** Of a gap, its last nonce; else the same. */
  lastNonce: bigint;
  state: QueueState;
  /** In a few words. */
  what: string;
  /** The proposal's name, where it is one of this project. */
  proposal: string | null;
  /** Null for a gap. */
  safeTxHash: Hex | null;
  /** Current owners whose signatures are at hand, or who approved the hash on chain. */
  signers: Address[];
  /** Further signatures that the Safe asks for. */
  missing: number;
  /** Keys of this user that signed it, by their own list. */
  signedHere: Address[];
  usedBy: { safeTxHash: Hex; transaction: Hex; blockNumber: bigint } | null;
  /** Other hashes that want the same nonce. */
  rivals: Hex[];
  from: KnownFrom[];
  /** What to type; null when there is nothing to do. */
  next: string | null;
}

export interface SafeQueue {
  entries: QueueEntry[];
  /** What could not be looked at. */
  missing: string[];
  /** Executions before this block are not known; 0 when all are. */
  sinceBlock: bigint;
}

export interface QueueOptions {
  transports?: readonly Transport[] | undefined;
  /** Also what is over and belongs to no proposal of this project. */
  all?: boolean | undefined;
}

/** Everything known to want a nonce of a Safe, by nonce, against the chain: what is next, what waits, what excludes what, what is over. */
export async function readSafeQueue(project: Project, safe: SafeFacts, options: QueueOptions = {}): Promise<SafeQueue> {
  const { hash: genesisHash } = await project.rpc.block(0n);
  const sinceNonce = options.all === true ? 0n : safe.nonce;
  const { transactions, missing } = await collectKnown(project, safe.address, { genesisHash, transports: options.transports ?? [], sinceNonce });
  const shown = transactions.filter((one) => one.nonce >= safe.nonce || options.all === true || one.from.some(({ kind }) => kind === "proposal"));
  const oldest = shown[0]?.nonce ?? safe.nonce;
  const executions = await readExecutions(project.rpc, safe, oldest);
  const all = await Promise.all(shown.map(async (one) => ({ one, signers: one.nonce < safe.nonce ? [] : await readSigners(project.rpc, safe, one) })));
  const worthShowing = all.filter(isWorthShowing);
  const known = worthShowing.map(({ one }) => one);
  const entries = worthShowing.map(({ one, signers }) => (one.nonce < safe.nonce ? pastEntry(one, safe, executions) : openEntry(one, safe, known, signers)));
  return { entries: [...entries, ...gaps(safe.nonce, known)].toSorted(byNonce), missing, sinceBlock: executions.sinceBlock };
}

/** What a proposal once was and nobody ever signed is nothing. */
function isWorthShowing({ one, signers }: { one: KnownTransaction; signers: readonly Address[] }): boolean {
  return signers.length > 0 || one.signatures.length > 0 || one.signedHere.length > 0 || one.from.some(({ kind }) => kind !== "earlier");
}

/** Current owners who signed it, as far as the bytes are at hand, or approved it on chain. */
export async function readSigners(rpc: Rpc, safe: Pick<SafeFacts, "address" | "owners">, one: Pick<KnownTransaction, "safeTxHash" | "signatures">): Promise<Address[]> {
  const signed = new Set(one.signatures.map(({ owner }) => owner));
  const approvers = await readApprovers(rpc, safe.address, one.safeTxHash, safe.owners.filter((owner) => !signed.has(owner)));
  return safe.owners.filter((owner) => signed.has(owner) || approvers.includes(owner));
}

/** What became of a transaction whose nonce is used. */
export function executionOf(one: Pick<KnownTransaction, "safeTxHash" | "nonce">, { known }: Executions): { state: "executed" | "failed" | "dead"; usedBy: Execution | undefined } {
  const own = known.find(({ safeTxHash }) => safeTxHash === one.safeTxHash);
  if (own !== undefined) return { state: own.outcome === "success" ? "executed" : "failed", usedBy: own };
  return { state: "dead", usedBy: known.find(({ nonce }) => nonce === one.nonce) };
}

function pastEntry(one: KnownTransaction, safe: SafeFacts, executions: Executions): QueueEntry {
  const { state, usedBy } = executionOf(one, executions);
  const proposal = proposalOf(one);
  return {
    ...described(one, safe),
    state,
    signers: safe.owners.filter((owner) => one.signatures.some((signature) => signature.owner === owner)),
    missing: 0,
    usedBy: usedBy === undefined ? null : { safeTxHash: usedBy.safeTxHash, transaction: usedBy.transaction, blockNumber: usedBy.blockNumber },
    rivals: [],
    next: state === "executed" || proposal === null ? null : `lpctl safe reanchor ${shortName(proposal)}`,
  };
}

function openEntry(one: KnownTransaction, safe: SafeFacts, all: readonly KnownTransaction[], signers: Address[]): QueueEntry {
  const rivals = all.filter(({ nonce, safeTxHash }) => nonce === one.nonce && safeTxHash !== one.safeTxHash).map(({ safeTxHash }) => safeTxHash);
  const missing = Math.max(Number(safe.threshold) - signers.length, 0);
  return {
    ...described(one, safe),
    state: rivals.length > 0 ? "conflict" : one.nonce === safe.nonce ? "next" : "queued",
    signers,
    missing,
    usedBy: null,
    rivals,
    next: nextOf(one, missing, one.nonce === safe.nonce),
  };
}

function nextOf(one: KnownTransaction, missing: number, isNext: boolean): string | null {
  const proposal = proposalOf(one);
  const path = one.from.flatMap((from) => (from.kind === "file" ? [from.path] : []))[0];
  if (missing > 0 && proposal !== null) return `lpctl proposal sign ${shortName(proposal)} --key NAME`;
  if (missing > 0 && path !== undefined) return `lpctl safe sign ${path} --key NAME`;
  if (!isNext && (proposal !== null || path !== undefined)) return null;
  if (proposal !== null) return `lpctl proposal execute ${shortName(proposal)} --key NAME`;
  if (path !== undefined) return `lpctl safe execute ${path} --key NAME`;
  if (one.from.some(({ kind }) => kind === "transport")) return "lpctl safe sync";
  return `lpctl safe reject ${one.nonce}`;
}

function described(one: KnownTransaction, safe: SafeFacts): Pick<QueueEntry, "nonce" | "lastNonce" | "what" | "proposal" | "safeTxHash" | "signedHere" | "from"> {
  const own = one.from.find((from) => from.kind === "proposal");
  const earlier = one.from.find((from) => from.kind === "earlier");
  const doing = describeTransaction(one.transaction, safe.address);
  return {
    nonce: one.nonce,
    lastNonce: one.nonce,
    what: own?.title ?? (earlier === undefined ? doing : `earlier form of ${earlier.name}`),
    proposal: own?.name ?? null,
    safeTxHash: one.safeTxHash,
    signedHere: one.signedHere,
    from: one.from,
  };
}

/** Nonces before the last known one that nothing is known for: whatever comes after them waits. */
function gaps(live: bigint, known: readonly KnownTransaction[]): QueueEntry[] {
  const found: QueueEntry[] = [];
  let expected = live;
  for (const { nonce } of known) {
    if (nonce > expected) {
      found.push({
        nonce: expected,
        lastNonce: nonce - 1n,
        state: "gap",
        what: "nothing known",
        proposal: null,
        safeTxHash: null,
        signers: [],
        missing: 0,
        signedHere: [],
        usedBy: null,
        rivals: [],
        from: [],
        next: `lpctl safe reject ${expected}`,
      });
    }
    if (nonce >= expected) expected = nonce + 1n;
  }
  return found;
}

function proposalOf(one: KnownTransaction): string | null {
  return one.from.find((from) => from.kind === "proposal")?.name ?? null;
}

function byNonce(left: QueueEntry, right: QueueEntry): number {
  return left.nonce < right.nonce ? -1 : left.nonce > right.nonce ? 1 : 0;
}

