import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import type { Transport } from "../../safe/transport/transport.ts";
import { collectKnown, describeTransaction, isRejection, type KnownTransaction } from "./known-transactions.ts";
import { ownerThrough } from "./owner-through.ts";
import { rejectNonce, type Rejection } from "./reject-nonce.ts";
import { readSafeQueue, readSigners } from "./safe-queue.ts";

/** Something signed that can still be executed. */
export interface LiveTransaction {
  nonce: bigint;
  safeTxHash: Hex;
  what: string;
  /** Current owners who signed it, or somebody for them, by the bytes at hand, by the chain, or by the user's own list. */
  signers: Address[];
  /** Further signatures that the Safe asks for; 0: whoever has the signatures can execute it when its nonce comes. */
  missing: number;
}

export interface Burn {
  /** What the rejections are against. */
  live: LiveTransaction[];
  /** By nonce, without a gap: a Safe goes through its nonces one by one. */
  rejections: Rejection[];
  /** Signed for nonces so far ahead that rejections would not get there; only a change of owners ends these. */
  beyond: LiveTransaction[];
  /** What could not be looked at. */
  missing: string[];
}

export interface BurnOptions {
  /** Only this nonce. */
  nonce?: bigint | undefined;
  /** Also what only others have signed. */
  all?: boolean | undefined;
  transports?: readonly Transport[] | undefined;
}

/** Nobody signs and executes more rejections than these in a row. */
const MOST_REJECTIONS = 50n;

/**
 * Prepares rejections for every nonce up to the last one that something signed can still be executed with. Nonces between get one
 * too: without it those after them could not be used up.
 */
export async function burnNonces(project: Project, safe: SafeFacts, options: BurnOptions = {}): Promise<Burn> {
  const { hash: genesisHash } = await project.rpc.block(0n);
  const { transactions, missing } = await collectKnown(project, safe.address, { genesisHash, transports: options.transports ?? [], sinceNonce: safe.nonce });
  const signed = await findLive(project, safe, transactions, options.all === true);
  const wanted = options.nonce === undefined ? signed : signed.filter(({ nonce }) => nonce === options.nonce);
  const limit = safe.nonce + MOST_REJECTIONS;
  const live = wanted.filter(({ nonce }) => nonce < limit);
  const { entries: queue } = await readSafeQueue(project, safe, { transports: [] });
  const rejections: Rejection[] = [];
  for (const nonce of noncesToBurn(safe, live, options.nonce)) rejections.push(await rejectNonce(project, safe, nonce, { queue }));
  return { live, rejections, beyond: wanted.filter(({ nonce }) => nonce >= limit), missing };
}

/** What somebody who still counts has signed, and the Safe has not yet passed. Rejections are no danger. */
async function findLive(project: Pick<Project, "rpc">, safe: SafeFacts, known: readonly KnownTransaction[], byAnyone: boolean): Promise<LiveTransaction[]> {
  const open = known.filter((one) => one.nonce >= safe.nonce && !isRejection(one.transaction, safe.address));
  const found = await Promise.all(
    open.map(async (one): Promise<LiveTransaction | undefined> => {
      const through = await Promise.all(one.signedHere.map(async (key) => (safe.owners.includes(key) ? key : ownerThrough(project.rpc, safe, key))));
      // What was signed for an owner that is a Safe may be enough for it, or not; here it counts as if it were.
      const here = safe.owners.filter((owner) => through.includes(owner));
      const signers = [...new Set([...(await readSigners(project.rpc, safe, one)), ...here])];
      if (signers.length === 0 || (!byAnyone && here.length === 0)) return undefined;
      return { nonce: one.nonce, safeTxHash: one.safeTxHash, what: describeTransaction(one.transaction, safe.address), signers, missing: Math.max(Number(safe.threshold) - signers.length, 0) };
    }),
  );
  return found.filter((one) => one !== undefined);
}

function noncesToBurn(safe: SafeFacts, live: readonly LiveTransaction[], only: bigint | undefined): bigint[] {
  if (only !== undefined) return [only];
  const last = live.reduce((highest, { nonce }) => (nonce > highest ? nonce : highest), safe.nonce - 1n);
  return Array.from({ length: Number(last - safe.nonce + 1n) }, (_, index) => safe.nonce + BigInt(index));
}
