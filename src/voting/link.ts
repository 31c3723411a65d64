import { sameCalls, type Call } from "../proposal/call.ts";
import type { Hex } from "../protocol/hex.ts";
import { formatVoteText } from "./vote-text.ts";
import type { PollFacts, VoteFacts } from "./vote.ts";

/** What a vote may be about. */
export interface VotedOn {
  id: Hex;
  title: string;
  calls: readonly Call[];
}

/**
 * How a vote stands to a proposal: `belongs` when its text names the proposal and it is about nothing else; `claims` when only the text
 * says so; `other` when it is about something else. A governor's vote is about its calls. A poll has none: its text is all that people
 * say yes to, and must be the one that lpctl writes, to the letter.
 */
export function linkOf(vote: VoteFacts, proposal: VotedOn): "belongs" | "claims" | "other" {
  if (vote.link?.proposalId !== proposal.id) return "other";
  return (vote.kind === "poll" ? isTextOf(vote, proposal) : sameCalls(vote.calls, proposal.calls)) ? "belongs" : "claims";
}

function isTextOf({ text, link }: PollFacts, { id, title }: VotedOn): boolean {
  return link?.reportHash !== undefined && text === formatVoteText({ title, proposalId: id, reportHash: link.reportHash });
}
