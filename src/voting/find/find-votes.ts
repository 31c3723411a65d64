import { pinRpc } from "../../chain/pin-rpc.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { parseGivenAddress } from "../../protocol/given-address.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readGovernorVotes } from "./read-governor-votes.ts";
import { readPoll, readPolls, type FindOptions } from "./read-polls.ts";
import { ambiguousVote, logsMissing, unknownVote } from "../vote-errors.ts";
import type { VoteSources } from "./vote-sources.ts";
import type { VoteFacts } from "../vote.ts";

export interface ReadVotesOptions extends FindOptions {
  kind?: VoteFacts["kind"];
}

/**
 * All votes of these sources, oldest first, found by their logs and read at one block.
 * @throws LPCTL_VOTE_LOGS_MISSING, LPCTL_VOTE_NOT_A_GOVERNOR, LPCTL_VOTE_UNKNOWN_CLOCK, LPCTL_VOTE_CALLS_DIFFER
 */
export async function readVotes(rpc: Rpc, sources: VoteSources, options: ReadVotesOptions = {}): Promise<VoteFacts[]> {
  const { rpc: pinned } = await pinRpc(rpc);
  const [polls, votes] = await Promise.all([
    options.kind === "governor" ? [] : readPolls(pinned, sources, options),
    options.kind === "poll" ? [] : readGovernorVotes(pinned, sources.governors, options),
  ]);
  return [...polls, ...votes].toSorted((left, right) => (left.createdBlock < right.createdBlock ? -1 : left.createdBlock > right.createdBlock ? 1 : 0));
}

/** Votes that say they are about a proposal, oldest first. Whether their calls are the proposal's is for `linkOf` to say. */
export async function readVotesAbout(rpc: Rpc, sources: VoteSources, proposalId: Hex, options: ReadVotesOptions = {}): Promise<VoteFacts[]> {
  return (await readVotes(rpc, sources, options)).filter((vote) => vote.link?.proposalId === proposalId);
}

/**
 * One vote by what a person calls it: a poll's address, a governor's vote id in decimals, the first bytes in hex of that id, of a
 * poll's address or of the id of the proposal that it is about; after a governor's address and a colon, among its votes only, since the
 * same calls and text have the same id in every governor. A poll of a creator that is not among the sources is found by its
 * address only, and is `foreign`.
 * @throws LPCTL_VOTE_UNKNOWN, LPCTL_VOTE_AMBIGUOUS, LPCTL_VOTE_LOGS_MISSING, LPCTL_USAGE_ADDRESS_CHECKSUM, and what `readVotes` throws
 */
export async function readVote(rpc: Rpc, sources: VoteSources, reference: string, options: ReadVotesOptions = {}): Promise<VoteFacts> {
  const { rpc: pinned } = await pinRpc(rpc);
  const [, governor, ofGovernor] = /^(0x[0-9a-fA-F]{40}):([^:]+)$/.exec(reference) ?? [];
  if (governor !== undefined && ofGovernor !== undefined) return readVote(pinned, { pollCreators: [], governors: [parseGivenAddress(governor, "The governor").address] }, ofGovernor, { ...options, kind: "governor" });
  if (/^[0-9]+$/.test(reference)) return readByNumber(pinned, sources, BigInt(reference), options);
  const hex = reference.toLowerCase();
  if (!/^0x[0-9a-f]{4,64}$/.test(hex)) {
    throw unknownVote(reference, "a vote is named by a poll's address, a governor's vote id in decimals, or at least four digits of hex of one of these or of its proposal's id");
  }
  if (hex.length === 42) {
    // One that was mistyped would be looked for in every block.
    const { address } = parseGivenAddress(reference, "The poll");
    const poll = options.kind === "governor" ? undefined : await readPoll(pinned, address, sources, options);
    if (poll !== undefined) return poll;
  }
  const found = (await readVotes(pinned, sources, options)).filter((vote) => answersTo(vote, hex));
  if (found.length > 1) throw ambiguousVote(reference, found);
  return found[0] ?? (await explainUnknown(pinned, sources, reference));
}

async function readByNumber(rpc: Rpc, sources: VoteSources, voteId: bigint, options: FindOptions): Promise<VoteFacts> {
  const found = await readGovernorVotes(rpc, sources.governors, options, (created) => created.voteId === voteId);
  if (found.length > 1) throw ambiguousVote(voteId.toString(), found);
  return found[0] ?? explainUnknown(rpc, sources, voteId.toString());
}

function answersTo(vote: VoteFacts, hex: string): boolean {
  const names = vote.kind === "poll" ? [vote.address.toLowerCase()] : [`0x${vote.voteId.toString(16).padStart(64, "0")}`];
  if (vote.link !== undefined) names.push(vote.link.proposalId);
  return names.some((name) => name.startsWith(hex));
}

/** A vote that the chain knows and the logs do not is a gap in the logs, not a wrong name. */
async function explainUnknown(rpc: Rpc, sources: VoteSources, reference: string): Promise<never> {
  if (/^0x[0-9a-f]{40}$/i.test(reference)) {
    const end = await tryReadFunction(rpc, rpcAddressSchema.parse(reference), "function endBlock() view returns (uint256)");
    throw unknownVote(
      reference,
      end === undefined
        ? "there is no poll at this address, and no event says that there was one"
        : "a contract there answers as a poll does, but no PollCreated event names it: no creator of polls made it, or the RPC does not keep all logs",
    );
  }
  const voteId = /^(?:[0-9]+|0x[0-9a-f]{64})$/i.test(reference) ? BigInt(reference) : undefined;
  if (voteId !== undefined && voteId < 1n << 256n) {
    for (const governor of sources.governors) {
      if ((await tryReadFunction(rpc, governor, "function state(uint256) view returns (uint8)", [voteId])) !== undefined) {
        throw logsMissing(`the Governor ${governor}`, `it knows the vote ${reference}, and no log tells of its creation`);
      }
    }
  }
  const places = [...sources.pollCreators.map((one) => `the PollCreator ${one}`), ...sources.governors.map((one) => `the Governor ${one}`)];
  throw unknownVote(reference, places.length === 0 ? "no PollCreator and no Governor is registered, and none was named" : `none of the votes of ${places.join(", ")} answers to it`);
}
