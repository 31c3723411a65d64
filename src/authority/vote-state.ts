import { Interface } from "ethers/abi";
import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Hex } from "../protocol/hex.ts";
import { formatMoment } from "../voting/format-moment.ts";
import { formatWeight } from "../voting/format-weight.ts";
import { PROPOSAL_CANCELED, PROPOSAL_QUEUED } from "../voting/governor-contract.ts";
import { readRounds } from "../voting/rounds.ts";
import { shortReference } from "../voting/short-reference.ts";
import type { GovernorVoteFacts } from "../voting/vote.ts";
import { readVoteTransaction } from "./find-vote.ts";
import type { VoteGovernorNode } from "./node.ts";
import type { StepState } from "./step.ts";

const timelockEvents = new Interface(["event Cancelled(bytes32 indexed id)"]);

/** How far the decision is. What passed is done, whatever became of it afterwards. */
export async function readVoteState(rpc: Rpc, node: VoteGovernorNode, vote: GovernorVoteFacts): Promise<StepState> {
  const { state, snapshot, deadline } = vote;
  switch (state) {
    case "pending":
      return { state: "waiting", waitingFor: `the vote ${shortReference(vote)} to open, after ${moment(vote, snapshot)}`, ...(await untilAfter(rpc, node, vote, snapshot)) };
    case "active":
      return { state: "waiting", waitingFor: `votes in ${shortReference(vote)}, until the end of ${moment(vote, deadline)}: ${describeTally(vote)}`, ...(await untilAfter(rpc, node, vote, deadline)) };
    case "defeated":
      return { state: "blocked", why: `it did not pass: ${describeTally(vote)}` };
    case "canceled":
      return (await readVoteTransaction(rpc, vote, PROPOSAL_QUEUED)) === undefined ? { state: "blocked", why: `the vote was canceled${inTransaction(await readVoteTransaction(rpc, vote, PROPOSAL_CANCELED))}` } : { state: "done" };
    case "succeeded":
    case "queued":
    case "executed":
    case "expired":
      return { state: "done" };
  }
}

/** Why what was queued will not run: somebody who may cancel did. Undefined when it never was queued. */
export async function readVeto(rpc: Rpc, vote: GovernorVoteFacts): Promise<StepState | undefined> {
  const queued = await readVoteTransaction(rpc, vote, PROPOSAL_QUEUED);
  if (queued === undefined) return undefined;
  const transaction = await readCancellation(rpc, vote, queued);
  return { state: "blocked", why: `it was vetoed: what was queued in ${queued} was taken out of the timelock again${inTransaction(transaction)}` };
}

/** The timelock's ids are not those of the governor: those that the queueing transaction scheduled are looked for. */
async function readCancellation(rpc: Rpc, { timelock }: GovernorVoteFacts, queued: Hex): Promise<Hex | undefined> {
  const receipt = timelock === undefined ? null : await rpc.receipt(queued);
  if (timelock === undefined || receipt === null) return undefined;
  const ids = new Set(receipt.logs.filter(({ address }) => address === timelock).flatMap(({ topics }) => topics.slice(1, 2)));
  const topic = timelockEvents.getEvent("Cancelled")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address: timelock, topics: [topic], fromBlock: receipt.blockNumber, toBlock: "latest" });
  return logs.find(({ topics }) => topics[1] !== undefined && ids.has(topics[1]))?.transactionHash;
}

/** `1,300 LPT for, 0 LPT against, 0 LPT abstain; the quorum is 433 LPT`. */
export function describeTally(vote: Pick<GovernorVoteFacts, "forWei" | "againstWei" | "abstainWei" | "quorumWei" | "rules">): string {
  const amount = (wei: bigint): string => formatWeight(wei, vote.rules);
  const quorum = vote.quorumWei === undefined ? "" : `; the quorum is ${amount(vote.quorumWei)}`;
  return `${amount(vote.forWei)} for, ${amount(vote.againstWei)} against, ${amount(vote.abstainWei)} abstain${quorum}`;
}

function moment({ clockMode, clock }: GovernorVoteFacts, at: bigint): string {
  return `${formatMoment(clockMode, at)}${clockMode === "seconds" ? "" : ` (it is ${clock})`}`;
}

/** The first block, or second, that is later. Rounds are told in blocks where their length is known. */
async function untilAfter(rpc: Rpc, node: VoteGovernorNode, { clockMode, clock }: GovernorVoteFacts, at: bigint): Promise<{ untilBlock?: bigint; untilSeconds?: bigint }> {
  switch (clockMode) {
    case "blocks":
      return { untilBlock: at + 1n };
    case "seconds":
      return { untilSeconds: at + 1n };
    case "rounds": {
      const rounds = await readRounds(rpc, node.votes);
      if (rounds === undefined) return {};
      // The contracts may count other blocks than the chain does: what is left is added to the chain's own number.
      const left = (at - clock) * rounds.lengthBlocks + rounds.lengthBlocks - rounds.blocksIntoRound;
      return { untilBlock: (await rpc.blockNumber()) + left };
    }
  }
}

function inTransaction(transaction: Hex | undefined): string {
  return transaction === undefined ? "" : ` in ${transaction}`;
}
