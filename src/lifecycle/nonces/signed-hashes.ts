import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readExecutions, type Executions } from "../../safe/read-executions.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import type { SignedEntry } from "../../safe/signature-ledger.ts";
import { collectKnown, describeTransaction, isRejection, type KnownTransaction } from "./known-transactions.ts";
import { ownerThrough } from "./owner-through.ts";
import { executionOf, readSigners } from "./safe-queue.ts";

/**
 * `executed`, `failed`: it used its nonce. `dead`: another transaction did. `executable`: its nonce is not used yet. `not-owner`: nor
 * is it, but the signer is no owner any more; the signature counts again when they become one. `unknown`: nobody could be asked.
 */
export type SignedState = "executed" | "failed" | "dead" | "executable" | "not-owner" | "unknown";

/** A hash that one key of this user signed, and what can still come of it. */
export interface SignedHash {
  /** ISO time of the first signature. */
  at: string;
  chainId: bigint;
  /** The network that was asked; null when there is none. */
  network: string | null;
  safe: Address;
  nonce: bigint;
  safeTxHash: Hex;
  what: string;
  /** An empty transaction that only uses up its nonce: no harm when it is executed. */
  rejection: boolean;
  signer: Address;
  key: string;
  keyKind: SignedEntry["keyKind"];
  proposalId: string | null;
  blind: boolean;
  state: SignedState;
  /** The transaction on chain that used the nonce. */
  transaction: Hex | null;
  /** Only of `executable`: current owners known to have signed, and how many more the Safe asks for. */
  signers: Address[];
  missing: number | null;
  /** Of `unknown`: why. Of `executable`: for which owner the key signed, when it is none itself. */
  why: string | null;
}

/** A network that could be asked about a chain, or why not. */
export interface AskedNetwork {
  name: string;
  chainId: bigint;
  project?: Project | undefined;
  genesisHash?: Hex | undefined;
  problem?: string | undefined;
}

/** What became of everything that a user's keys have signed, newest first, each hash once for each key. */
export async function readSignedHashes(signed: readonly SignedEntry[], networks: readonly AskedNetwork[]): Promise<SignedHash[]> {
  const groups = new Map<string, SignedEntry[]>();
  for (const entry of distinct(signed)) {
    const group = `${entry.chainId} ${entry.genesisHash ?? ""} ${entry.safe}`;
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  const found = await Promise.all([...groups.values()].map((entries) => judge(entries, networks)));
  return found.flat().toSorted((left, right) => (left.at < right.at ? 1 : -1));
}

function distinct(signed: readonly SignedEntry[]): SignedEntry[] {
  const first = new Map<string, SignedEntry>();
  for (const entry of signed) {
    const id = `${entry.safeTxHash} ${entry.signer}`;
    if (!first.has(id)) first.set(id, entry);
  }
  return [...first.values()];
}

interface Asked {
  network: AskedNetwork;
  project: Project;
  safe: SafeFacts;
  executions: Executions;
  known: KnownTransaction[];
}

async function judge(entries: readonly SignedEntry[], networks: readonly AskedNetwork[]): Promise<SignedHash[]> {
  const asked = await ask(entries, networks);
  return Promise.all(
    entries.map(async (entry): Promise<SignedHash> => {
      const base = described(entry, typeof asked === "string" ? null : asked.network.name);
      if (typeof asked === "string") return { ...base, state: "unknown", why: asked };
      const { safe, executions, project, known } = asked;
      if (entry.nonce < safe.nonce) {
        const { state, usedBy } = executionOf(entry, executions);
        return { ...base, state, transaction: usedBy?.transaction ?? null };
      }
      const isOwner = safe.owners.includes(entry.signer);
      const through = isOwner ? undefined : await ownerThrough(project.rpc, safe, entry.signer);
      if (!isOwner && through === undefined) return { ...base, state: "not-owner" };
      const one = known.find(({ safeTxHash }) => safeTxHash === entry.safeTxHash);
      const atHand = await readSigners(project.rpc, safe, { safeTxHash: entry.safeTxHash, signatures: one?.signatures ?? [] });
      const signers = safe.owners.filter((owner) => atHand.includes(owner) || owner === entry.signer || one?.signedHere.includes(owner) === true);
      const why = through === undefined ? null : `signed for the owner ${through}`;
      return { ...base, state: "executable", signers, missing: Math.max(Number(safe.threshold) - signers.length, 0), why };
    }),
  );
}

/** The Safe of these entries as its chain has it, or why it cannot be asked. */
async function ask(entries: readonly SignedEntry[], networks: readonly AskedNetwork[]): Promise<Asked | string> {
  const [entry] = entries;
  if (entry === undefined) return "nothing was signed";
  const ofChain = networks.filter(({ chainId }) => chainId === entry.chainId);
  const network = ofChain.find(({ project, genesisHash }) => project !== undefined && (entry.genesisHash ?? genesisHash) === genesisHash);
  if (network?.project === undefined) {
    const problem = ofChain.find(({ problem: one }) => one !== undefined)?.problem;
    if (problem !== undefined) return problem;
    return ofChain.length === 0 ? `no network of chain ${entry.chainId} is configured with an RPC` : "the chain of this id that can be asked is another one: it began with another block";
  }
  const { project, genesisHash } = network;
  try {
    const safe = await readSafe(project.rpc, entry.safe);
    const oldest = entries.reduce((lowest, { nonce }) => (nonce < lowest ? nonce : lowest), safe.nonce);
    const [executions, { transactions }] = await Promise.all([
      readExecutions(project.rpc, safe, oldest),
      collectKnown(project, entry.safe, { genesisHash: genesisHash ?? "0x" }),
    ]);
    return { network, project, safe, executions, known: transactions };
  } catch (error) {
    if (error instanceof LpctlError) return error.message;
    throw error;
  }
}

function described(entry: SignedEntry, network: string | null): Omit<SignedHash, "state"> {
  const { at, chainId, safe, nonce, safeTxHash, transaction, signer, key, keyKind, proposalId, blind } = entry;
  return {
    at,
    chainId,
    network,
    safe,
    nonce,
    safeTxHash,
    what: describeTransaction(transaction, safe),
    rejection: isRejection(transaction, safe),
    signer,
    key,
    keyKind,
    proposalId,
    blind: blind === true,
    transaction: null,
    signers: [],
    missing: null,
    why: null,
  };
}
