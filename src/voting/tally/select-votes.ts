import type { Address } from "../../protocol/hex.ts";
import type { Choice } from "../vote.ts";
import type { CastVote, TallyInput } from "./tally-input.ts";

export type CountedVote = CastVote & { choice: Choice };

/**
 * The one vote of each account that counts, in the order of the chain. Choices that a rule-set does not know are as if
 * they had not been made: they do not replace an earlier vote either. Votes after the deciding block do not count.
 * @param which of several votes of one account
 */
export function selectVotes({ votes, at }: TallyInput, choices: readonly Choice[], which: "first" | "last"): Map<Address, CountedVote> {
  const known = new Set<string>(choices);
  const selected = new Map<Address, CountedVote>();
  for (const vote of inOrder(votes)) {
    if (vote.blockNumber > at.blockNumber || !isKnown(vote, known)) continue;
    if (which === "first" && selected.has(vote.voter)) continue;
    selected.set(vote.voter, vote);
  }
  return selected;
}

/** As they stand in the chain, whatever order they were given in. */
function inOrder(votes: readonly CastVote[]): readonly CastVote[] {
  const isSorted = votes.every((vote, index) => index === 0 || compare(votes[index - 1], vote) <= 0);
  return isSorted ? votes : [...votes].sort(compare);
}

function compare(a: CastVote | undefined, b: CastVote | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a.blockNumber !== b.blockNumber) return a.blockNumber < b.blockNumber ? -1 : 1;
  return a.logIndex - b.logIndex;
}

function isKnown(vote: CastVote, known: ReadonlySet<string>): vote is CountedVote {
  return known.has(vote.choice);
}
