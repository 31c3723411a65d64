/** Errors of taking a snapshot. */
import type { ReadBlock } from "../../chain/block-reader.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { FalseWord, UnexplainedWord } from "./prove-storage.ts";

const OTHER_RPC = "Use another RPC URL: lpctl config explain";

export function notFinal(block: bigint, lastFinal: bigint, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NOT_FINAL",
    exit: Exit.refused,
    message: `Block ${block} is not final: it may still be replaced by another one`,
    why: `The last block that is final here is ${lastFinal}: ${why}.`,
    next: `lpctl snapshot take --block ${lastFinal}`,
    details: { block, lastFinal },
  });
}

export function chainTooShort(head: bigint, confirmations: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NOT_FINAL",
    exit: Exit.refused,
    message: `No block of this chain has ${confirmations} blocks on top of it`,
    why: `Its last block is ${head}.`,
    next: "Wait until the chain is longer, or ask for fewer: --confirmations",
    details: { block: null, head, confirmations },
  });
}

export function noFinality(origin: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NO_FINALITY",
    exit: Exit.usage,
    message: `The RPC at ${origin} does not say which block is final`,
    why: "It gives no block for the tag `finalized`, so lpctl cannot know how deep a block must lie here.",
    next: "Say how many blocks must be on top of it: lpctl snapshot take --confirmations 64",
  });
}

export function headerFalse(origin: string, { number, hash }: ReadBlock, hashed: Hex): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_HEADER_FALSE",
    exit: Exit.different,
    message: `The RPC at ${origin} gives a header for block ${number} that is not the one of its hash`,
    why: `The block's hash is given as ${hash}, and the header hashes to ${hashed}: it was changed, or the headers of this chain have fields that lpctl does not know.`,
    next: OTHER_RPC,
    details: { block: number, hash, hashed },
  });
}

export function noStateRoot(number: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NO_STATE_ROOT",
    exit: Exit.refused,
    message: `Nothing can be proven at block ${number}: its header has no state root`,
    why: "That is so on a fork of another chain on somebody's machine, and in the first block of a local chain.",
    next: "Take the snapshot on the chain itself; on a local chain, at a later block",
    details: { block: number },
  });
}

/** @param said what the RPC answered instead */
export function noProofs(origin: string, block: bigint, said: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NO_PROOFS",
    exit: Exit.network,
    message: `The RPC at ${origin} gives no proofs of block ${block}`,
    why: `eth_getProof: ${printable(said).slice(0, 200)}`,
    next: "Use an RPC that has eth_getProof for old blocks (an archive node; with reth --rpc.eth-proof-window), or take a newer block",
    details: { block },
  });
}

export function proofFalse(origin: string, contract: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_PROOF_FALSE",
    exit: Exit.different,
    message: `The RPC at ${origin} says something about ${contract} that its own proof denies`,
    why: printable(why),
    next: OTHER_RPC,
    details: { contract },
  });
}

export function changedByHand(number: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_CHANGED_BY_HAND",
    exit: Exit.refused,
    message: `The state of this local chain was changed by hand after its block ${number}`,
    why: "Its proofs do not lead to the state root in the block's header: balances, code or storage were set without a transaction.",
    next: "Let it make one more block, and run the same command again",
    details: { block: number },
  });
}

export interface FalseStorage {
  contract: Address;
  name: string;
  words: readonly (FalseWord & { what: string })[];
}

export function wordsFalse(origin: string, found: readonly FalseStorage[]): LpctlError {
  const all = found.flatMap(({ name, words }) => words.map((word) => ({ name, ...word })));
  const [first] = all;
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_WORD_FALSE",
    exit: Exit.different,
    message: `The RPC at ${origin} gave ${all.length === 1 ? "a word" : `${all.length} words`} that its own proofs deny`,
    why:
      first === undefined
        ? undefined
        : printable(`${first.name} ${first.what}: it said ${first.said}, and the chain has ${first.proven}${all.length === 1 ? "" : `; ${all.length - 1} more`}. What was read of it is forgotten.`),
    next: "Use another RPC URL, then run the same command again: what was read of other contracts is kept",
    details: { contracts: found },
  });
}

export interface UnexplainedStorage {
  contract: Address;
  name: string;
  layoutOf: string | null;
  words: readonly UnexplainedWord[];
  /** There are more than these. */
  more: boolean;
}

/** Contracts named in the text of an error; all are in its details. */
const MOST_NAMED = 6;

export function unexplained(found: readonly UnexplainedStorage[], all: number): LpctlError {
  const ordered = found.toSorted((left, right) => right.words.length - left.words.length);
  const named = ordered.slice(0, MOST_NAMED).map(({ name, words, more }) => `${name} (${more ? `${words.length} or more` : words.length})`);
  if (ordered.length > MOST_NAMED) named.push(`${ordered.length - MOST_NAMED} more`);
  const unknown = ordered.filter(({ layoutOf }) => layoutOf === null).map(({ name }) => name);
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_UNEXPLAINED",
    exit: Exit.different,
    message: `The snapshot would not be complete: ${found.length} of ${all} contracts ${found.length === 1 ? "has" : "have"} storage that was not read`,
    why: printable(
      `Slots that no layout and no event leads to: ${named.join(", ")}. ${
        unknown.length === 0
          ? "The layouts are known, so most probably the RPC keeps events back."
          : `No known source gives the code of ${unknown.slice(0, MOST_NAMED).join(", ")}, so its layout is not known.`
      }`,
    ),
    next:
      unknown.length === 0
        ? "Ask for events in narrow ranges: lpctl snapshot take --log-range 2000; or use another RPC URL"
        : "Name the sources under `sources` in lpctl.yaml, or use an RPC that can list storage (debug_storageRangeAt)",
    details: { contracts: found },
  });
}

export function folderTaken(folder: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_EXISTS",
    exit: Exit.usage,
    message: `${printable(folder)} is there already`,
    why,
    next: "Name another folder with --out, or move that one away",
    details: { folder },
  });
}

export function takenElsewhere(why: string | undefined, lock: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_LOCKED",
    exit: Exit.refused,
    message: "Another command is taking a snapshot of this network in this project",
    why,
    next: "Wait until it ends. If you are sure that none runs, delete the lock file and try again.",
    details: { lock },
  });
}
