import { z } from "zod";
import type { Log, Rpc } from "../../chain/rpc.ts";
import { decimalSchema, hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { VOTE_CAST, VOTE_CAST_WITH_PARAMS, supportChoice } from "../governor-contract.ts";
import { POLL_VOTE, pollChoiceOf } from "../poll-contract.ts";
import type { VoteFacts } from "../vote.ts";
import { addressOfWord, countWords, numberAt } from "../../chain/hand-codec.ts";
import { proveLogs, type LogsProven } from "./prove-logs.ts";
import { scanLogs } from "./scan-logs.ts";
import type { TallyCache } from "./tally-cache.ts";
import type { CastVote } from "./tally-input.ts";

const voteSchema = z.object({
  voter: addressSchema,
  choice: z.enum(["for", "against", "abstain", "unknown"]),
  weightWei: decimalSchema.optional(),
  blockNumber: decimalSchema,
  logIndex: z.number(),
  transaction: hash32Schema,
});

/** The logs of a vote: who emits them, and what they begin with. */
function logsOf(vote: VoteFacts): { address: Address; topics: Hex[] } {
  return vote.kind === "poll" ? { address: vote.address, topics: [POLL_VOTE] } : { address: vote.governor, topics: [VOTE_CAST, VOTE_CAST_WITH_PARAMS] };
}

/**
 * Every vote from the creation to a block, in the order of the chain.
 * @throws LPCTL_TALLY_LOGS_INCOMPLETE where blocks say that there are logs which the RPC does not give
 */
export async function readCastVotes(rpc: Rpc, vote: VoteFacts, toBlock: bigint, cache: TallyCache, progress: (what: string) => void): Promise<{ votes: CastVote[]; proven: LogsProven }> {
  const { address, topics } = logsOf(vote);
  const fromBlock = vote.createdBlock;
  const found = await scanLogs(rpc, cache, {
    name: "votes",
    filter: { address, topics: [topics] },
    fromBlock,
    toBlock,
    schema: voteSchema,
    pick: (log) => parseVote(vote, log),
    onProgress: (done, last) => {
      progress(`Votes up to block ${done} of ${last}`);
    },
  });
  const votes = found.map(({ weightWei, ...rest }): CastVote => (weightWei === undefined ? rest : { ...rest, weightWei }));
  const proven = await proveLogs(rpc, { address, topics, fromBlock, toBlock, seen: new Set(votes.map(({ blockNumber }) => blockNumber)), counts: (log) => parseVote(vote, log) !== undefined }, progress);
  return { votes, proven };
}

/** Undefined for what is no vote of this one: a Governor's events do not say in a topic which vote they are about. */
function parseVote(vote: VoteFacts, log: Log): CastVote | undefined {
  const [, voterWord] = log.topics;
  if (voterWord === undefined) return undefined;
  const place = { voter: addressOfWord(voterWord), blockNumber: log.blockNumber, logIndex: Number(log.logIndex), transaction: log.transactionHash };
  if (vote.kind === "poll") return countWords(log.data) === 1 ? { ...place, choice: pollChoiceOf(numberAt(log.data, 0)) ?? "unknown" } : undefined;
  if (log.data.length < 2 + 4 * 64 || numberAt(log.data, 0) !== vote.voteId) return undefined;
  return { ...place, choice: supportChoice(numberAt(log.data, 1)) ?? "unknown", weightWei: numberAt(log.data, 2) };
}

