import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { shortName } from "../../proposal/short-name.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { linkOf } from "../../voting/link.ts";
import { callsDiffer, whyClaims } from "../../voting/vote-errors.ts";
import type { VoteFacts } from "../../voting/vote.ts";
import { loadKeptReport } from "../kept-report.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { readVotedOn } from "./voted-on.ts";

export interface LinkedProposal {
  /** The proposal of this folder that the vote's text names, and whose calls, in a governor, are the vote's. */
  stored: StoredProposal | undefined;
  /** What a voter should know of the link, one sentence each. */
  remarks: string[];
}

/**
 * The proposal that a vote is about. The text of a vote proves nothing: whoever makes one writes it, so a governor's calls must be
 * exactly those of the proposal, and a poll's text the one that lpctl writes.
 * @throws LPCTL_VOTE_CALLS_DIFFER where they are others
 */
export async function findLinked(project: Project, vote: VoteFacts): Promise<LinkedProposal> {
  const { link } = vote;
  if (link === undefined) return { stored: undefined, remarks: [] };
  const stored = (await readOwnProposals(project)).find(({ proposal }) => proposal.id === link.proposalId);
  if (stored === undefined) {
    return { stored, remarks: [`It says it is about the proposal ${link.proposalId}, which is not in this folder: what that would do cannot be shown here.`] };
  }
  const subject = await readVotedOn(project.rpc, stored.proposal);
  if (linkOf(vote, subject) !== "belongs") {
    throw callsDiffer(vote, whyClaims(vote, stored.name), { proposal: stored.name, ...(vote.kind === "poll" ? {} : { expected: subject.calls, found: vote.calls }) });
  }
  return { stored, remarks: await remarksOn(stored, link.reportHash) };
}

async function remarksOn(stored: StoredProposal, reportHash: string | undefined): Promise<string[]> {
  const again = `lpctl proposal check ${shortName(stored.name)}`;
  if (reportHash === undefined) return [`Its text names no report. What ${stored.name} does now: ${again}`];
  try {
    const kept = await loadKeptReport(stored);
    if (kept?.evidence?.hash === reportHash) return [];
    return [`The report that its text names is not the one beside ${stored.name} (${reportHash.slice(0, 10)}…, ${kept?.evidence?.hash.slice(0, 10) ?? "none"}…). What it does now: ${again}`];
  } catch (error) {
    if (error instanceof LpctlError) return [`${error.message}. What ${stored.name} does now: ${again}`];
    throw error;
  }
}
