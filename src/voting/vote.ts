import type { Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** How votes are counted. A tally always names one. */
export type RuleSetId = "lip-16" | "livepeer-explorer" | "livepeer-governor" | "stake-governor" | "oz-governor";
export const RULE_SETS: readonly RuleSetId[] = ["lip-16", "livepeer-explorer", "livepeer-governor", "stake-governor", "oz-governor"];

/** Yes and no of a poll are for and against. */
export type Choice = "for" | "against" | "abstain";

/** In the order of the numbers that a Governor answers. */
export const GOVERNOR_STATES = ["pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed"] as const;
export type GovernorState = (typeof GOVERNOR_STATES)[number];

/** What a Governor counts its time in. */
export type ClockMode = "blocks" | "seconds" | "rounds";

/** The proposal that a vote's text says it is about. Only the text says so: see `linkOf`. */
export interface VoteLink {
  proposalId: Hex;
  reportHash: Hex | undefined;
}

/** A signalling poll (LIP-16): votes are events, tallied off chain, and nothing is executed. */
export interface PollFacts {
  kind: "poll";
  address: Address;
  /** Whose PollCreated event names it; undefined where none does. */
  creator: Address | undefined;
  /** Its creator is not the registered PollCreator: anyone can make such a poll, with any quorum. */
  foreign: boolean;
  /** The bytes it was created with, as UTF-8; by custom an IPFS hash, or the text of lpctl. */
  text: string;
  link?: VoteLink;
  /** Of the chain's own numbering. */
  createdBlock: bigint;
  createdTransaction: Hex;
  /** The last block in which votes are taken, in the numbers that contracts see: those of L1 on Arbitrum. */
  endBlock: bigint;
  quorumPpm: bigint;
  quotaPpm: bigint;
  state: "active" | "over";
  /** Its code is gone; the votes are in the logs. */
  destroyed: boolean;
}

/** A binding vote of a Governor of OpenZeppelin's kind. */
export interface GovernorVoteFacts {
  kind: "governor";
  governor: Address;
  voteId: bigint;
  proposer: Address;
  calls: Call[];
  description: string;
  /** Only of a description that is no text: of its bytes, which `description` shows as far as they can be read. */
  descriptionHash?: Hex;
  link?: VoteLink;
  /** Of the chain's own numbering. */
  createdBlock: bigint;
  createdTransaction: Hex;
  /** In units of the clock: power is what it was at the end of it, and votes are taken after it. */
  snapshot: bigint;
  /** In units of the clock: the last moment in which votes are taken. */
  deadline: bigint;
  /** The clock, when this was read. */
  clock: bigint;
  clockMode: ClockMode;
  state: GovernorState;
  /** From when it can be executed; undefined unless it is queued. */
  etaSeconds: bigint | undefined;
  forWei: bigint;
  againstWei: bigint;
  abstainWei: bigint;
  /** At the snapshot; undefined until that has passed. */
  quorumWei: bigint | undefined;
  /** Which choices the quorum is made of, by COUNTING_MODE. */
  quorumCounts: readonly Choice[];
  rules: RuleSetId;
  timelock: Address | undefined;
  /** Where power is counted: BondingVotes, an ERC20Votes; undefined where the Governor does not say. */
  token: Address | undefined;
}

export type VoteFacts = PollFacts | GovernorVoteFacts;

/** What people refer to a vote by: a poll's address, a governor's vote id in decimals. */
export function voteReference(vote: VoteFacts): string {
  return vote.kind === "poll" ? vote.address : vote.voteId.toString();
}

/** The text that voters were shown, whatever the kind. */
export function voteText(vote: VoteFacts): string {
  return vote.kind === "poll" ? vote.text : vote.description;
}

/** Nothing comes of it any more, or everything has. */
export function isOver(vote: VoteFacts): boolean {
  return vote.state === "over" || vote.state === "canceled" || vote.state === "defeated" || vote.state === "expired" || vote.state === "executed";
}

/** Votes are taken, or will be. */
export function isOpen(vote: VoteFacts): boolean {
  return vote.state === "active" || vote.state === "pending";
}

/** What one unit of a vote's clock is called before its number. */
export function unitOf({ clockMode }: GovernorVoteFacts): "block" | "second" | "round" {
  return clockMode === "blocks" ? "block" : clockMode === "seconds" ? "second" : "round";
}
