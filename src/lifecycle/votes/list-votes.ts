import { atOneBlock } from "../at-one-block.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { readVotes } from "../../voting/find/find-votes.ts";
import { linkOf } from "../../voting/link.ts";
import type { VoteSources } from "../../voting/find/vote-sources.ts";
import { voteReference, voteText, type VoteFacts } from "../../voting/vote.ts";
import type { Project } from "../../inspection/project.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { tellProgress } from "./open-vote.ts";
import { shortVoteId } from "../../voting/short-reference.ts";
import { readVotedOn } from "./voted-on.ts";

export interface VoteRow {
  reference: string;
  /** The first bytes of the reference in hex; enough to name it among these. */
  short: string;
  contract: string | null;
  /** The first line of its text. */
  title: string;
  /** The proposal of this folder that it is about; `claims` where only its text says so. */
  proposal: { name: string; relation: "belongs" | "claims" } | null;
  vote: VoteFacts;
}

export interface ListFilter {
  states?: readonly VoteFacts["state"][];
  kind?: VoteFacts["kind"] | undefined;
  /** Votes created before this block are not looked for, and whether logs are missing is not seen. */
  fromBlock?: bigint | undefined;
}

/** All votes of a network, oldest first, with the proposals they are about. @throws what `readVotes` throws */
export async function listVotes(given: Project, sources: VoteSources, { states, kind, fromBlock }: ListFilter): Promise<VoteRow[]> {
  const project = await atOneBlock(given);
  const [votes, proposals, registry] = await Promise.all([readVotes(project.rpc, sources, { ...tellProgress(project), ...(kind === undefined ? {} : { kind }), ...(fromBlock === undefined ? {} : { fromBlock }) }), readOwnProposals(project), readProjectRegistry(project)]);
  const shorts = shortNames(votes);
  const named = proposals.filter(({ proposal }) => votes.some(({ link }) => link?.proposalId === proposal.id));
  const votedOn = new Map(await Promise.all(named.map(async ({ proposal }) => [proposal.id, await readVotedOn(project.rpc, proposal)] as const)));
  return votes
    .map((vote, index): VoteRow => {
      const stored = named.find(({ proposal }) => proposal.id === vote.link?.proposalId);
      const subject = stored === undefined ? undefined : votedOn.get(stored.proposal.id);
      const relation = subject === undefined ? "other" : linkOf(vote, subject);
      const contract = vote.kind === "poll" ? vote.creator : vote.governor;
      return {
        reference: voteReference(vote),
        short: shorts[index] ?? voteReference(vote),
        contract: registry.find(({ address }) => address === contract)?.name ?? null,
        title: voteText(vote).split("\n")[0] ?? "",
        proposal: stored === undefined || relation === "other" ? null : { name: stored.name, relation },
        vote,
      };
    })
    .filter(({ vote }) => states === undefined || states.length === 0 || states.includes(vote.state));
}

const FEWEST_DIGITS = 8;

/** As few digits as tell each from all others. */
function shortNames(votes: readonly VoteFacts[]): string[] {
  const names = votes.map((vote) => (vote.kind === "poll" ? vote.address.toLowerCase() : `0x${vote.voteId.toString(16).padStart(64, "0")}`));
  return votes.map((vote, index) => {
    const name = names[index] ?? voteReference(vote);
    if (vote.kind === "governor" && shortVoteId(vote.voteId) === vote.voteId.toString()) return voteReference(vote);
    let digits = FEWEST_DIGITS;
    while (2 + digits < name.length && names.some((other) => other !== name && other.startsWith(name.slice(0, 2 + digits)))) digits += 1;
    return name.slice(0, 2 + digits);
  });
}
