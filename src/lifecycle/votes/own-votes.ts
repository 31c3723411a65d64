import { readLogs } from "../../chain/logs.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { governorInterface, supportChoice, VOTE_CAST, VOTE_CAST_WITH_PARAMS } from "../../voting/governor-contract.ts";
import { POLL_VOTE, pollChoiceOf, pollInterface } from "../../voting/poll-contract.ts";
import type { Choice, VoteFacts } from "../../voting/vote.ts";

/** One vote of an account, as its log has it. */
export interface OwnVote {
  /** Undefined for a number that no tally counts. */
  choice: Choice | undefined;
  transaction: Hex;
}

/** All votes of one account in a vote, in the order of the chain. */
export async function readOwnVotes(rpc: Rpc, vote: VoteFacts, voter: Address): Promise<OwnVote[]> {
  const who: Hex = `0x${voter.slice(2).toLowerCase().padStart(64, "0")}`;
  const from = { fromBlock: vote.createdBlock, toBlock: "latest" } as const;
  if (vote.kind === "poll") {
    const logs = await readLogs(rpc, { address: vote.address, topics: [POLL_VOTE, who], ...from });
    return logs.map((log) => ({ choice: pollChoiceOf(pollInterface.decodeEventLog("Vote", log.data, log.topics)["choiceID"] as bigint), transaction: log.transactionHash }));
  }
  const logs = await readLogs(rpc, { address: vote.governor, topics: [[VOTE_CAST, VOTE_CAST_WITH_PARAMS], who], ...from });
  return logs.flatMap((log) => {
    const event = governorInterface.parseLog({ topics: log.topics, data: log.data });
    if (event === null || event.args["proposalId"] !== vote.voteId) return [];
    return [{ choice: supportChoice(event.args["support"] as bigint), transaction: log.transactionHash }];
  });
}
