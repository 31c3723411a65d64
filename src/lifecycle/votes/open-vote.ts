import { LpctlError } from "../../errors.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { loadProposal, type StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";
import { readVote, readVotes, readVotesAbout } from "../../voting/find/find-votes.ts";
import { linkOf } from "../../voting/link.ts";
import { ambiguousVote, callsDiffer, unknownVote, whyClaims } from "../../voting/vote-errors.ts";
import { readVoteSources, type VoteSources } from "../../voting/find/vote-sources.ts";
import { isOver, voteReference, type VoteFacts } from "../../voting/vote.ts";
import type { Project } from "../../inspection/project.ts";
import { readVotedOn } from "./voted-on.ts";

/** Where a project's votes are, and those that flags name: `voteSourceFlags`. */
export function openVoteSources(project: Project, named: { governors?: readonly Address[]; pollCreators?: readonly Address[] } = {}): Promise<VoteSources> {
  return readVoteSources(project.rpc, project.controller, named);
}

/** What a person is told while a provider that limits ranges is asked for one after the other. */
export function tellProgress({ progress }: Project): { onProgress?: (doneBlock: bigint, lastBlock: bigint) => void } {
  if (progress === undefined) return {};
  return {
    onProgress: (done, last) => {
      if (done < last) progress(`Looking for votes: block ${done} of ${last}`);
    },
  };
}

/**
 * The vote that a person means. Besides what `readVote` knows, the number or the name of a proposal of this folder stands for the
 * vote about it: the one that is not over, where there were several.
 * @throws LPCTL_VOTE_UNKNOWN, LPCTL_VOTE_AMBIGUOUS, LPCTL_VOTE_CALLS_DIFFER, and what `readVote` throws
 */
export async function openVote(project: Project, sources: VoteSources, reference: string): Promise<VoteFacts> {
  if (reference.startsWith("0x") || /^[0-9]{7,}$/.test(reference)) return readVote(project.rpc, sources, reference, tellProgress(project));
  const stored = await loadProposal(project.folder, project.network, reference).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_PROPOSAL_NOT_FOUND") return undefined;
    throw error;
  });
  // Some governors number their votes.
  return stored === undefined ? readVote(project.rpc, sources, reference, tellProgress(project)) : openVoteOf(project, sources, stored, reference);
}

async function openVoteOf(project: Project, sources: VoteSources, { proposal, name }: StoredProposal, reference: string): Promise<VoteFacts> {
  const [about, subject] = await Promise.all([readVotesAbout(project.rpc, sources, proposal.id, tellProgress(project)), readVotedOn(project.rpc, proposal)]);
  const own = about.filter((vote) => linkOf(vote, subject) === "belongs");
  const [only] = about;
  if (own.length === 0 && only !== undefined) throw callsDiffer(only, whyClaims(only, name), { proposal: name });
  const open = own.filter((vote) => !isOver(vote));
  const candidates = open.length > 0 ? open : own.slice(-1);
  if (candidates.length > 1) throw ambiguousVote(reference, candidates);
  if (candidates[0] !== undefined) return candidates[0];
  const numbered = /^[0-9]+$/.test(reference) ? (await readVotes(project.rpc, sources, { kind: "governor" })).filter((vote) => voteReference(vote) === BigInt(reference).toString()) : [];
  if (numbered.length > 1) throw ambiguousVote(reference, numbered);
  if (numbered[0] !== undefined) return numbered[0];
  throw unknownVote(reference, `${name} has not been put to the vote`, `lpctl vote create ${reference}`);
}

/** The proposal of this folder that a vote's text names, and whether the vote runs exactly its calls. */
export async function findProposalOf(project: Project, vote: VoteFacts): Promise<{ stored: StoredProposal; relation: "belongs" | "claims" } | undefined> {
  if (vote.link === undefined) return undefined;
  const stored = (await readOwnProposals(project)).find(({ proposal }) => proposal.id === vote.link?.proposalId);
  if (stored === undefined) return undefined;
  return { stored, relation: linkOf(vote, await readVotedOn(project.rpc, stored.proposal)) === "belongs" ? "belongs" : "claims" };
}
