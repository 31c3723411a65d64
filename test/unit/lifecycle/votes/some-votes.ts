import { getAddress } from "ethers/address";
import type { VotingPower } from "../../../../src/voting/power/power.ts";
import type { GovernorVoteFacts, PollFacts } from "../../../../src/voting/vote.ts";
import type { Address, Hex } from "../../../../src/protocol/hex.ts";

export const LPT = 10n ** 18n;

export function account(digit: string): Address {
  return getAddress(`0x${digit.repeat(40)}`) as Address;
}

export const [VOTER, TRANSCODER, GOVERNOR, POLL, CREATOR] = [account("1"), account("2"), account("3"), account("4"), account("5")];

export function governorVote(parts: Partial<GovernorVoteFacts> = {}): GovernorVoteFacts {
  return {
    kind: "governor",
    governor: GOVERNOR,
    voteId: 77n,
    proposer: TRANSCODER,
    calls: [{ to: account("9"), valueWei: 0n, data: "0x12345678" }],
    description: "a vote",
    createdBlock: 1n,
    createdTransaction: hash("a"),
    snapshot: 10n,
    deadline: 20n,
    clock: 12n,
    clockMode: "rounds",
    state: "active",
    etaSeconds: undefined,
    forWei: 0n,
    againstWei: 0n,
    abstainWei: 0n,
    quorumWei: 100n * LPT,
    quorumCounts: ["for", "against", "abstain"],
    rules: "livepeer-governor",
    timelock: account("6"),
    token: account("7"),
    ...parts,
  };
}

export function poll(parts: Partial<PollFacts> = {}): PollFacts {
  return {
    kind: "poll",
    address: POLL,
    creator: CREATOR,
    foreign: false,
    text: "a poll",
    createdBlock: 1n,
    createdTransaction: hash("b"),
    endBlock: 1_000n,
    quorumPpm: 333_300n,
    quotaPpm: 500_000n,
    state: "active",
    destroyed: false,
    ...parts,
  };
}

/** Of a delegator with 300 LPT at its transcoder. */
export function power(parts: Partial<VotingPower> = {}): VotingPower {
  return {
    account: VOTER,
    weightWei: 300n * LPT,
    delegate: TRANSCODER,
    delegateIsTranscoder: true,
    takesFrom: { transcoder: TRANSCODER, weightWei: 300n * LPT, hasVoted: false, choice: undefined },
    overriddenWei: 0n,
    hasCheckpoint: true,
    hasVoted: false,
    choice: undefined,
    canCount: { yes: true },
    isDecided: true,
    atClock: 10n,
    atBlock: 100n,
    ...parts,
  };
}

export function hash(digit: string): Hex {
  return `0x${digit.repeat(64)}`;
}

/** The code of the LpctlError that a function throws, or "nothing thrown". */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "nothing thrown";
}
