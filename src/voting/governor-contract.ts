import { Interface } from "ethers/abi";
import type { Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { hashDescription, listsOf } from "./vote-id.ts";
import type { Choice } from "./vote.ts";

/** What Governors of OpenZeppelin 4 and 5 have in common, the LivepeerGovernor and the StakeGovernor among them. */
export const governorInterface = new Interface([
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)",
  "function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)",
  "function cancel(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)",
  "function castVote(uint256 proposalId, uint8 support) returns (uint256)",
  "function castVoteWithReason(uint256 proposalId, uint8 support, string reason) returns (uint256)",
  "event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
  "event ProposalQueued(uint256 proposalId, uint256 etaSeconds)",
  "event ProposalExecuted(uint256 proposalId)",
  "event ProposalCanceled(uint256 proposalId)",
  "event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)",
  "event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)",
]);

export const PROPOSAL_CREATED: Hex = topicOf("ProposalCreated");
export const PROPOSAL_QUEUED: Hex = topicOf("ProposalQueued");
export const PROPOSAL_EXECUTED: Hex = topicOf("ProposalExecuted");
export const PROPOSAL_CANCELED: Hex = topicOf("ProposalCanceled");
export const VOTE_CAST: Hex = topicOf("VoteCast");
export const VOTE_CAST_WITH_PARAMS: Hex = topicOf("VoteCastWithParams");

function topicOf(event: string): Hex {
  return governorInterface.getEvent(event)?.topicHash as Hex;
}

/** The numbers of "support=bravo". */
export const SUPPORT: Readonly<Record<Choice, number>> = { against: 0, for: 1, abstain: 2 };

/** Undefined for a number that "support=bravo" does not have. */
export function supportChoice(support: bigint): Choice | undefined {
  return support === 0n ? "against" : support === 1n ? "for" : support === 2n ? "abstain" : undefined;
}

/** What is voted on: the very calls that will run, and the text. */
export interface VoteContent {
  calls: readonly Call[];
  description: string;
  /** Where the description is no text: what the Governor knows it by. */
  descriptionHash?: Hex;
}

/** Puts calls to the vote. */
export function createVoteCall(governor: Address, { calls, description }: VoteContent): Call {
  return callTo(governor, "propose", [...listsOf(calls), description]);
}

/** Hands what succeeded to the timelock. */
export function queueCall(governor: Address, content: VoteContent): Call {
  return callTo(governor, "queue", byHash(content));
}

/** Runs what succeeded and, behind a timelock, was queued. Ether that the calls need goes with it. */
export function executeCall(governor: Address, content: VoteContent, valueWei = 0n): Call {
  return { ...callTo(governor, "execute", byHash(content)), valueWei };
}

/** Votes as the caller, with a reason where one is given. */
export function castCall(governor: Address, voteId: bigint, choice: Choice, reason?: string): Call {
  return reason === undefined || reason === ""
    ? callTo(governor, "castVote", [voteId, SUPPORT[choice]])
    : callTo(governor, "castVoteWithReason", [voteId, SUPPORT[choice], reason]);
}

function byHash({ calls, description, descriptionHash }: VoteContent): unknown[] {
  return [...listsOf(calls), descriptionHash ?? hashDescription(description)];
}

function callTo(governor: Address, name: string, args: readonly unknown[]): Call {
  return { to: governor, valueWei: 0n, data: governorInterface.encodeFunctionData(name, args) as Hex };
}
