import { zeroPadValue } from "ethers/utils";
import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { governorInterface, supportChoice, VOTE_CAST, VOTE_CAST_WITH_PARAMS } from "./governor-contract.ts";
import { POLL_VOTE, pollChoiceOf, pollInterface } from "./poll-contract.ts";
import type { Choice, GovernorVoteFacts, PollFacts } from "./vote.ts";

/** The last vote of an account that its poll counts. */
export async function readPollChoices(rpc: Rpc, poll: PollFacts, upToBlock: bigint, voter?: Address): Promise<Map<Address, Choice>> {
  const topics: Hex[] = voter === undefined ? [POLL_VOTE] : [POLL_VOTE, topicOf(voter)];
  const logs = await readLogs(rpc, { address: poll.address, topics, fromBlock: poll.createdBlock, toBlock: upToBlock });
  const choices = new Map<Address, Choice>();
  for (const log of logs) {
    const [account, choiceId] = pollInterface.decodeEventLog("Vote", log.data, log.topics).toArray() as [Address, bigint];
    const choice = pollChoiceOf(choiceId);
    if (choice !== undefined) choices.set(account, choice);
  }
  return choices;
}

export interface Ballot {
  voter: Address;
  /** Undefined for a number that means nothing to "support=bravo". */
  choice: Choice | undefined;
  /** What the account voted with, before anything is taken out of it. */
  weightWei: bigint;
}

/** The votes that a Governor took, in the order of the chain. */
export async function readBallots(rpc: Rpc, { governor, voteId, createdBlock }: GovernorVoteFacts, voter?: Address): Promise<Ballot[]> {
  const kinds = [VOTE_CAST, VOTE_CAST_WITH_PARAMS];
  const logs = await readLogs(rpc, { address: governor, topics: voter === undefined ? [kinds] : [kinds, topicOf(voter)], fromBlock: createdBlock, toBlock: "latest" });
  return logs.flatMap((log) => {
    const event = log.topics[0] === VOTE_CAST ? "VoteCast" : "VoteCastWithParams";
    // Not all at once: a reason that is no text can be read by nobody, and counts all the same.
    const { voter: account, proposalId, support, weight } = governorInterface.decodeEventLog(event, log.data, log.topics) as unknown as { voter: Address; proposalId: bigint; support: bigint; weight: bigint };
    return proposalId === voteId ? [{ voter: account, choice: supportChoice(support), weightWei: weight }] : [];
  });
}

function topicOf(account: Address): Hex {
  return zeroPadValue(account, 32).toLowerCase() as Hex;
}
