/** Errors about votes that more than one command meets, each with one code. */
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import type { PollFacts, VoteFacts } from "./vote.ts";
import { voteReference } from "./vote.ts";

export function unknownVote(reference: string, why: string, next = "lpctl vote list"): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_UNKNOWN",
    exit: Exit.usage,
    message: `There is no vote ${/^[\w.:-]{1,100}$/.test(reference) ? reference : `"${printable(reference.slice(0, 100))}"`} on this network`,
    why,
    next,
    details: { reference },
  });
}

export function ambiguousVote(reference: string, found: readonly VoteFacts[]): LpctlError {
  const names = found.map((vote) => `${vote.kind === "poll" ? `poll ${vote.address}` : `${vote.voteId} of the governor ${vote.governor}`} (${vote.state})`);
  const [first] = found;
  return new LpctlError({
    code: "LPCTL_VOTE_AMBIGUOUS",
    exit: Exit.usage,
    message: `${printable(reference)} stands for ${found.length} votes`,
    why: names.join(", "),
    next: `lpctl vote show ${first === undefined ? "VOTE" : first.kind === "poll" ? first.address : `${first.governor}:${first.voteId}`}`,
    details: { reference, votes: found.map(voteReference) },
  });
}

/** Of a poll that must not be taken for one of this protocol. */
export function foreignPoll({ address, creator }: PollFacts): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_FOREIGN_POLL",
    exit: Exit.refused,
    message: `The poll ${address} is not of this protocol`,
    why: `it was created by ${creator ?? "nobody that an event names"}, which is not the registered PollCreator: anybody can make such a poll, with any quorum and any end`,
    next: "lpctl vote list",
    details: { poll: address, creator },
  });
}

/** Why a vote is not about the proposal that its text names: `claims`, as `linkOf` says. */
export function whyClaims({ kind }: VoteFacts, name: string): string {
  return `its text names the proposal ${name}, and ${kind === "poll" ? "says otherwise something else than lpctl writes about it" : "its calls are not that proposal's"}`;
}

/** Of a vote whose calls are others than those it stands for; of a poll, whose text is. */
export function callsDiffer(vote: VoteFacts, why: string, details?: Record<string, unknown>): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_CALLS_DIFFER",
    exit: Exit.refused,
    message: vote.kind === "poll" ? `The poll ${vote.address} is not about what it says it is` : `What the vote ${voteReference(vote)} would run is not what it says it is`,
    why,
    next: `Do not vote for it. Read its ${vote.kind === "poll" ? "text" : "calls"}: lpctl vote show, and ask who put it to the vote`,
    details: { vote: voteReference(vote), ...details },
  });
}

/** What the chain's state says happened is not in the logs that the RPC gave. */
export function logsMissing(what: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_LOGS_MISSING",
    exit: Exit.network,
    message: `The RPC does not give all logs of ${what}`,
    why,
    next: "Use an RPC that keeps all logs (an archive node): lpctl config explain",
  });
}
