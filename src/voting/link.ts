import { sameCalls, type Call } from "../proposal/call.ts";
import type { Hex } from "../protocol/hex.ts";
import type { VoteFacts } from "./vote.ts";

/**
 * How a vote stands to a proposal: `belongs` when its text names the proposal and, where it would run something, that is exactly
 * what the proposal runs; `claims` when only the text says so; `other` when it is about something else.
 */
export function linkOf(vote: VoteFacts, proposal: { id: Hex; calls: readonly Call[] }): "belongs" | "claims" | "other" {
  if (vote.link?.proposalId !== proposal.id) return "other";
  return vote.kind === "poll" || sameCalls(vote.calls, proposal.calls) ? "belongs" : "claims";
}
