import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import { sameCalls, type Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { governorInterface } from "../voting/governor-contract.ts";
import { readVoteStates } from "../voting/find/read-governor-votes.ts";
import type { GovernorState, GovernorVoteFacts } from "../voting/vote.ts";

export interface SoughtVote {
  calls: readonly Call[];
  proposalId: Hex;
  /** Of the proposal's making: no vote about it is older. */
  sinceBlock: bigint;
}

/** How far a vote has come; what is not among these has come to nothing. */
const AHEAD: readonly GovernorState[] = ["executed", "queued", "succeeded", "active", "pending"];

/**
 * The vote of a governor on these calls for a proposal: its text names the proposal, and its calls are these. Of several, the one that
 * has come furthest, and of these the oldest: whoever has enough votes can make the same one again at any time, and must not hold
 * up with it what was decided. Where nothing can come of any, the last.
 */
export async function findVote(rpc: Rpc, governor: Address, { calls, proposalId, sinceBlock }: SoughtVote): Promise<GovernorVoteFacts | undefined> {
  const votes = await readVoteStates(rpc, governor, { fromBlock: sinceBlock }, (created) => created.link?.proposalId === proposalId && sameCalls(created.calls, calls));
  const furthest = AHEAD.flatMap((ahead) => votes.find(({ state }) => state === ahead) ?? []);
  return (furthest[0] ?? votes.at(-1))?.read();
}

/** The transaction in which something happened to a vote; undefined when it did not. */
export async function readVoteTransaction(rpc: Rpc, { governor, voteId, createdBlock }: GovernorVoteFacts, topic: Hex): Promise<Hex | undefined> {
  const logs = await readLogs(rpc, { address: governor, topics: [topic], fromBlock: createdBlock, toBlock: "latest" });
  // The id is no topic in these events, but the first word of what they say.
  return logs.findLast((log) => governorInterface.parseLog({ topics: log.topics, data: log.data })?.args["proposalId"] === voteId)?.transactionHash;
}
