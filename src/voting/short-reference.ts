import { voteReference, type VoteFacts } from "./vote.ts";

/** No hash is this small: it is a number that a governor gave. */
const SMALLEST_HASH = 1n << 128n;

/** What stands for a vote in a sentence and on a command line: a vote id has 78 digits, its first four bytes are enough. */
export function shortReference(vote: VoteFacts): string {
  return vote.kind === "poll" ? voteReference(vote) : shortVoteId(vote.voteId);
}

export function shortVoteId(voteId: bigint): string {
  return voteId < SMALLEST_HASH ? voteId.toString() : `0x${voteId.toString(16).padStart(64, "0").slice(0, 8)}`;
}
