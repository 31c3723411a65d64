import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sameCalls, type Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { governorInterface } from "../voting/governor-contract.ts";
import { readGovernorVotes } from "../voting/read-governor-votes.ts";
import type { GovernorState, GovernorVoteFacts } from "../voting/vote.ts";

export interface SoughtVote {
  calls: readonly Call[];
  proposalId: Hex;
  /** Of the proposal's making: no vote about it is older. */
  sinceBlock: bigint;
}

const OVER: readonly GovernorState[] = ["canceled", "defeated", "expired"];

/**
 * The vote of a governor on these calls for a proposal: its text names the proposal, and its calls are these. Where several are,
 * the last that can still come to something, or has; else the last.
 */
export async function findVote(rpc: Rpc, governor: Address, { calls, proposalId, sinceBlock }: SoughtVote): Promise<GovernorVoteFacts | undefined> {
  const votes = await readGovernorVotes(rpc, [governor], { fromBlock: sinceBlock }, (created) => created.link?.proposalId === proposalId && sameCalls(created.calls, calls));
  return votes.findLast(({ state }) => !OVER.includes(state)) ?? votes.at(-1);
}

/** The transaction in which something happened to a vote; undefined when it did not. */
export async function readVoteTransaction(rpc: Rpc, { governor, voteId, createdBlock }: GovernorVoteFacts, topic: Hex): Promise<Hex | undefined> {
  const logs = await readLogs(rpc, { address: governor, topics: [topic], fromBlock: createdBlock, toBlock: "latest" });
  // The id is no topic in these events, but the first word of what they say.
  return logs.findLast((log) => governorInterface.parseLog({ topics: log.topics, data: log.data })?.args["proposalId"] === voteId)?.transactionHash;
}
